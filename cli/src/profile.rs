//! A profile: the folder of one account on this machine.

use crate::args::Deployment;
use crate::keyring;
use anyhow::{Context, Result, ensure};
use heliograph_client::client::ClientConfig;
use heliograph_client::connection::Timing;
use heliograph_client::store::StoreKey;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Holds the passphrase, for scripts.
const PASSPHRASE: &str = "HELIOGRAPH_PASSPHRASE";

/// Is a folder with what one account has on this machine.
#[derive(Debug)]
pub(crate) struct Profile {
    folder: PathBuf,
}

/// Is where a deployment is, as it is kept in the folder.
#[derive(Debug, Serialize, Deserialize)]
struct Addresses {
    server: String,
    socket: String,
    /// Whether the system's keyring has the key; otherwise it is made of a passphrase.
    #[serde(default)]
    keyring: bool,
}

impl Profile {
    /// Takes a folder, or the one in the user's data folder.
    pub(crate) fn at(folder: Option<PathBuf>) -> Result<Self> {
        let folder = match folder {
            Some(folder) => folder,
            None => data_folder()
                .context("no home folder: say where with --profile")?
                .join("heliograph"),
        };
        Ok(Self { folder })
    }

    /// Keeps where the deployment is, in a folder that is made when missing. Its socket is where `heliographd`
    /// has it, unless it is said.
    pub(crate) fn make(&self, deployment: &Deployment) -> Result<ClientConfig> {
        make_folder(&self.folder)
            .with_context(|| format!("failed to make {}", self.folder.display()))?;
        let server = deployment.server.trim_end_matches('/').to_owned();
        let at_ws = || format!("{}/ws", server.replacen("http", "ws", 1));
        let socket = deployment.socket.clone().unwrap_or_else(at_ws);
        let keyring = deployment.keyring;
        let addresses = Addresses {
            server,
            socket,
            keyring,
        };
        let json = serde_json::to_string_pretty(&addresses)?;
        let before = std::fs::read_to_string(self.deployment_file()).ok();
        let has_account = self.folder.join("messages.db").exists();
        ensure!(
            !has_account || before.is_none_or(|before| before == json),
            "this profile is for another deployment: another one needs another --profile"
        );
        if keyring {
            keyring::make(&self.folder)?;
        }
        std::fs::write(self.deployment_file(), json).context("failed to write the profile")?;
        self.config(&deployment.device_name)
    }

    /// Says what a client needs to know.
    pub(crate) fn config(&self, device_name: &str) -> Result<ClientConfig> {
        let file = self.deployment_file();
        let json = std::fs::read_to_string(&file).with_context(|| {
            let folder = self.folder.display();
            format!("no account in {folder}: `heliograph register` makes one")
        })?;
        let Addresses {
            server,
            socket,
            keyring,
        } = serde_json::from_str(&json)
            .with_context(|| format!("{} is not a profile", file.display()))?;
        Ok(ClientConfig {
            http_url: server,
            socket_url: socket,
            file: self.folder.join("messages.db"),
            key: match keyring {
                true => keyring::get(&self.folder)?,
                false => StoreKey::Passphrase(passphrase()?),
            },
            device_name: device_name.to_owned(),
            timing: Timing::default(),
        })
    }

    fn deployment_file(&self) -> PathBuf {
        self.folder.join("deployment.json")
    }
}

/// Reads what opens the store, or asks for it.
fn passphrase() -> Result<Zeroizing<String>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a command line tool's own setting"
    )]
    let passphrase = match std::env::var(PASSPHRASE) {
        Ok(passphrase) => passphrase,
        Err(_) => rpassword::prompt_password("Passphrase of this profile: ")
            .with_context(|| format!("no terminal to ask for the passphrase: set {PASSPHRASE}"))?,
    };
    ensure!(!passphrase.is_empty(), "the passphrase is empty");
    Ok(Zeroizing::new(passphrase))
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the system says that data goes"
)]
fn data_folder() -> Option<PathBuf> {
    let set = |name| std::env::var(name).ok().filter(|it| !it.is_empty());
    let home = || Some(Path::new(&set("HOME")?).join(".local/share"));
    set("XDG_DATA_HOME").map(PathBuf::from).or_else(home)
}

/// Makes a folder for its user's eyes only.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}
