//! What the host is started with: the files in the folder of the app, and the command line before them.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use azure_functions_host::Config;

use super::keys::KeyFile;
use crate::{
    cargo::App,
    cli::RunArgs,
    error::{Explain, Failure},
};

/// How long a worker under a debugger may take for what takes others seconds.
const UNHURRIED: Duration = Duration::from_secs(60 * 60);

/// Where the settings of an app stand.
#[derive(Debug)]
pub(super) struct Settings {
    directory: PathBuf,
    env_file: Option<PathBuf>,
    port: Option<u16>,
    durable_store: Option<PathBuf>,
    keys: Option<KeyFile>,
    debug: bool,
    /// What the files held when they were read last.
    last: Vec<Option<Vec<u8>>>,
}

/// Why a file of settings cannot be used.
#[derive(Debug, thiserror::Error)]
enum EnvFileError {
    /// It cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A line is not a setting.
    #[error("`{}`, line {line}, column {column}: this is not `NAME=value`", .path.display())]
    Line {
        path: PathBuf,
        line: usize,
        column: usize,
    },
}

impl Explain for EnvFileError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => None,
            Self::Line { .. } => {
                Some("put quotes around a value with blanks, and `#` before a comment".to_owned())
            }
        }
    }
}

impl Settings {
    /// The settings of an app, as the command line wants them.
    ///
    /// # Errors
    ///
    /// When keys are asked for, and cannot be had.
    pub(super) fn new(app: &App, args: &RunArgs) -> Result<Self, Failure> {
        let keys = args
            .auth
            .then(|| KeyFile::open(app.own_target().join("keys.json")));
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        Ok(Self {
            directory: app.directory().to_owned(),
            env_file: args.env_file.as_ref().map(absolute),
            port: args.port,
            durable_store: args.durable_store.clone(),
            keys: keys.transpose()?,
            debug: args.debug,
            last: Vec::new(),
        })
    }

    /// The folder of the app.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether the files hold something else than at the last call.
    pub(super) fn changed(&mut self) -> bool {
        let now = self
            .files()
            .into_iter()
            .map(|file| std::fs::read(file).ok());
        let now = now.collect();
        let before = std::mem::replace(&mut self.last, now);
        before != self.last
    }

    /// Forgets what the files held, so that they count as changed.
    pub(super) fn forget(&mut self) {
        self.last.clear();
    }

    /// The files with settings, be they there or not.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let own = ["host.json", "local.settings.json"];
        let own = own.iter().map(|name| self.directory.join(name));
        own.chain(self.env_file.clone()).collect()
    }

    /// The keys that requests need, if any.
    pub(super) fn keys(&self) -> Option<&KeyFile> {
        self.keys.as_ref()
    }

    /// The settings by name: those of the file on the command line.
    ///
    /// # Errors
    ///
    /// When the file cannot be used.
    pub(super) fn variables(&self) -> Result<BTreeMap<String, String>, Failure> {
        match &self.env_file {
            Some(path) => Ok(env_file(path)?),
            None => Ok(BTreeMap::new()),
        }
    }

    /// Reads the files, and says what the host is to be started with; the program is not among it.
    ///
    /// # Errors
    ///
    /// When a file cannot be used.
    pub(super) fn read(&self) -> Result<Config, Failure> {
        let mut config = Config::read_with("", &self.directory, self.variables()?)?;
        if let Some(port) = self.port {
            config.port = port;
        }
        config.durable_store.clone_from(&self.durable_store);
        config.keys = self.keys.as_ref().map(|file| file.keys().clone());
        if self.debug {
            config.host_json.function_timeout = None;
            config.limits.initialization = UNHURRIED;
            config.limits.load = UNHURRIED;
        }
        Ok(config)
    }
}

/// The settings in a file of lines such as `NAME=value`.
fn env_file(path: &Path) -> Result<BTreeMap<String, String>, EnvFileError> {
    let read = |source| EnvFileError::Read {
        path: path.to_owned(),
        source,
    };
    let text = std::fs::read_to_string(path).map_err(read)?;
    dotenvy::from_read_iter(text.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| match error {
            // It names what it could not read: a line, or the value in one.
            dotenvy::Error::LineParse(wrong, at) => {
                let mut lines = text.lines().enumerate();
                let found = lines.find_map(|(line, text)| Some((line, text.rfind(wrong.trim())?)));
                let (line, begin) = found.unwrap_or_default();
                EnvFileError::Line {
                    path: path.to_owned(),
                    line: line + 1,
                    column: begin + at + 1,
                }
            }
            dotenvy::Error::Io(source) => read(source),
            other => read(io::Error::other(other.to_string())),
        })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_file_of_settings_is_read_or_its_first_mistake_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            env_file(&path)
        };
        let good = read("# comment\nA=1\nexport B=\"two words\" # more\n\nC='$A'\nD=\n").unwrap();
        expect![[r#"{"A": "1", "B": "two words", "C": "$A", "D": ""}"#]]
            .assert_eq(&format!("{good:?}"));
        let error = read("A=1\n\n  B=two words\n").unwrap_err().to_string();
        let error = error.replace(folder.path().to_str().unwrap(), "[FOLDER]");
        expect!["`[FOLDER]/env`, line 3, column 9: this is not `NAME=value`"].assert_eq(&error);
        let missing = env_file(&folder.path().join("none")).unwrap_err();
        assert!(missing.to_string().contains("cannot read"));
    }
}
