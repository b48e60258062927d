//! Why there is no package.

use std::{io, path::PathBuf};

use crate::error::Explain;

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackageError {
    #[error("there is no `host.json` in `{}`", .0.display())]
    NoHostJson(PathBuf),
    #[error("cannot read `{}`", .file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("cannot write `{}`", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("`.funcignore` line {line}: {problem}")]
    Ignore { line: u64, problem: String },
    #[error("the link `{}` leads out of the app, to `{}`", .link.display(), .target.display())]
    LinkOut { link: PathBuf, target: PathBuf },
    #[error("the link `{}` leads to `local.settings.json`, which is never packed", .0.display())]
    LinkSecret(PathBuf),
    #[error("the link `{}` is an absolute path, `{}`", .link.display(), .target.display())]
    LinkAbsolute { link: PathBuf, target: PathBuf },
    #[error("the link `{}` leads to nothing", .0.display())]
    LinkBroken(PathBuf),
    #[error("the link `{}` leads to a folder that it is in", .0.display())]
    LinkCircle(PathBuf),
    #[error("`{}` is neither a file nor a folder", .0.display())]
    Special(PathBuf),
    #[error("`{}` cannot be the name of a file in a package", .0.display())]
    Name(PathBuf),
    #[error(
        "the folder of the app has its own `{0}`, which is the name of the program in the package"
    )]
    Taken(&'static str),
    #[error("`{}` is a folder", .0.display())]
    OutIsFolder(PathBuf),
    #[error("`{}` is there, and not what `cargo func pack --container` wrote", .0.display())]
    OutIsForeign(PathBuf),
    #[error("the package has more than {limit} MB")]
    TooLarge { limit: u64 },
    #[error("`{}` is not a package: {problem}", .file.display())]
    Invalid { file: PathBuf, problem: String },
    #[error("Flex Consumption runs on x64, and not on arm64")]
    Arm64,
}

impl Explain for PackageError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoHostJson(_) => {
                "the host takes no folder without one; `cargo func init` adds what is missing"
            }
            Self::Read { .. } => {
                "check that it is there, and that you may read it; nothing was written"
            }
            Self::Write { .. } => {
                "check the permissions, and the room on the disk; nothing was written"
            }
            Self::Ignore { .. } => "mend the pattern; it is one of `.gitignore`",
            Self::LinkOut { .. } => {
                "copy what it leads to into the app, or leave the link out with `.funcignore`"
            }
            Self::LinkAbsolute { .. } => {
                "make it a relative path, which is right on every machine, or leave the link out with `.funcignore`"
            }
            Self::LinkSecret(_) | Self::LinkBroken(_) | Self::LinkCircle(_) | Self::Special(_) => {
                "remove it, or leave it out with `.funcignore`"
            }
            Self::Name(_) => "rename it: UTF-8 without `\\`, and no part that is `..`",
            Self::Taken(_) => "rename it, or leave it out with `.funcignore`",
            Self::OutIsFolder(_) => "write the name of the file, such as `app.zip`",
            Self::OutIsForeign(_) => "choose another folder with `--out`",
            Self::TooLarge { .. } => {
                "leave files out with `.funcignore`, or allow more with `--max-size`; nothing was written"
            }
            Self::Invalid { .. } => "make it with `cargo func pack`",
            Self::Arm64 => "build for x64, or for a container with `--container --arm64`",
        };
        Some(hint.to_owned())
    }
}
