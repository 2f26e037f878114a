//! Processor time and memory of processes, read from /proc, and this process's own limits.

use rustix::process::{Resource, getrlimit, setrlimit};

/// The processes of the server under load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pids(Vec<u32>);

impl Pids {
    /// Parses a comma-separated list; an empty text is no process.
    pub(crate) fn parse(list: &str) -> Result<Pids, std::num::ParseIntError> {
        let pids = list.split(',').map(str::trim).filter(|p| !p.is_empty());
        pids.map(str::parse).collect::<Result<_, _>>().map(Pids)
    }

    /// The load generator itself.
    pub(crate) fn own() -> Pids {
        Pids(vec![std::process::id()])
    }

    /// User and system time of all threads so far, in seconds.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let ticks: u64 = self.0.iter().filter_map(|pid| cpu_ticks(*pid)).sum();
        ticks as f64 / rustix::param::clock_ticks_per_second() as f64
    }

    /// Resident set size in KiB.
    pub(crate) fn rss_kb(&self) -> u64 {
        self.sum_kb("status", "VmRSS:")
    }

    /// The largest resident set size so far, in KiB.
    pub(crate) fn peak_kb(&self) -> u64 {
        self.sum_kb("status", "VmHWM:")
    }

    /// Proportional set size in KiB.
    pub(crate) fn pss_kb(&self) -> u64 {
        self.sum_kb("smaps_rollup", "Pss:")
    }

    fn sum_kb(&self, file: &str, field: &str) -> u64 {
        self.0
            .iter()
            .filter_map(|pid| field_kb(*pid, file, field))
            .sum()
    }
}

/// utime + stime, fields 14 and 15 of /proc/PID/stat, counted after the command's closing bracket.
fn cpu_ticks(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn field_kb(pid: u32, file: &str, field: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(field))?;
    value.trim().trim_end_matches(" kB").parse().ok()
}

/// Lets this process's [`Pids::peak_kb`] begin anew.
pub(crate) fn forget_peak() -> std::io::Result<()> {
    std::fs::write("/proc/self/clear_refs", "5")
}

/// Lifts the soft limit of open files to the hard one: a connection is a file.
pub(crate) fn raise_file_limit() -> Result<(), rustix::io::Errno> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory() {
        assert!(Pids::own().rss_kb() > 100);
        assert!(Pids::own().pss_kb() > 100);
        forget_peak().unwrap();
        assert!(Pids::own().peak_kb() >= Pids::own().rss_kb() / 2);
    }

    #[test]
    fn pids_are_a_list() {
        assert_eq!(Pids::parse("1, 22").unwrap().0, [1, 22]);
        assert!(Pids::parse("").unwrap().0.is_empty());
        assert!(Pids::parse("x").is_err());
    }
}
