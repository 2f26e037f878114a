// How much memory the processes of a browser that run pages take, as Linux tells.
import { readFile, readdir, writeFile } from "node:fs/promises";

/// The most that one of them took since `forgetPeaks`, in bytes.
export async function highestPeak(browser) {
  return Math.max(...(await Promise.all((await renderers(browser)).map(peak))));
}

export async function forgetPeaks(browser) {
  await Promise.all((await renderers(browser)).map(forgetPeak));
}

/// Forgets the most that a process took, unless it has gone.
export async function forgetPeak(pid) {
  // 5 is the peak: proc_pid_clear_refs(5).
  await writeFile(`/proc/${pid}/clear_refs`, "5").catch((error) => {
    if (!["ENOENT", "ESRCH"].includes(error.code)) {
      throw error;
    }
  });
}

async function renderers(browser) {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map(describe));
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const isOurs = (pid) => pid === `${browser}` || (parents.has(pid) && isOurs(parents.get(pid)));
  return all.filter(({ pid, command }) => command.includes("--type=renderer") && isOurs(pid)).map(({ pid }) => pid);
}

async function describe(pid) {
  const read = (file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
  const parent = (await read("status")).match(/^PPid:\s+(\d+)/m)?.[1];
  return { pid, parent, command: await read("cmdline") };
}

async function peak(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(status.match(/^VmHWM:\s+(\d+) kB/m)?.[1] ?? 0) * 1024;
}
