//! How much memory processes hold.

use std::fmt;

use anyhow::Context as _;

/// The memory of a process before and after.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    /// Its resident set in KiB when the soak began to count.
    pub before: u64,
    /// The same at the end.
    pub after: u64,
}

impl Growth {
    /// How much it grew, in percent.
    pub fn percent(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a KiB more or less")]
        let (before, after) = (self.before as f64, self.after as f64);
        (after - before) / before * 100.0
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, after } = self;
        write!(f, "{before} KiB → {after} KiB ({:+.1} %)", self.percent())
    }
}

/// The resident set of a process, in KiB.
pub(super) fn resident(process: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(&path).context(path)?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kib.context("no `VmRSS`")?.parse()?)
}
