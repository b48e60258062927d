//! Waiting for a debugger: until one has attached to the worker, or a person presses Enter.

use std::{io, path::PathBuf, time::Duration};

use tokio::sync::oneshot;

use crate::render::Terminal;

/// How often to look whether a debugger has attached.
const LOOK: Duration = Duration::from_millis(100);

/// Says which process waits, and waits until it is traced, a line comes from the terminal, or the process is gone.
pub(super) async fn wait(pid: u32, terminal: Terminal) {
    terminal.waits_for_debugger(pid);
    let (pressed, enter) = oneshot::channel();
    // A thread that waits for a line cannot be told to stop; it ends with the program.
    std::thread::spawn(move || {
        let mut line = String::new();
        if io::stdin()
            .read_line(&mut line)
            .is_ok_and(|length| length > 0)
        {
            let _ = pressed.send(());
        }
    });
    tokio::select! {
        () = traced(pid) => {}
        Ok(()) = enter => {}
    }
}

/// Waits until a process is traced or gone; for ever where the system does not say so.
async fn traced(pid: u32) {
    let path = PathBuf::from(format!("/proc/{pid}/status"));
    if !path.exists() {
        return std::future::pending().await;
    }
    loop {
        match std::fs::read_to_string(&path) {
            Ok(status) if tracer(&status) == Some(0) => tokio::time::sleep(LOOK).await,
            Ok(_) | Err(_) => return,
        }
    }
}

/// The process that traces another, by its status; 0 if none does.
fn tracer(status: &str) -> Option<u32> {
    let mut lines = status.lines();
    let value = lines.find_map(|line| line.strip_prefix("TracerPid:"))?;
    value.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::tracer;

    #[test]
    fn the_status_of_a_process_names_its_tracer() {
        for (status, expected) in [
            ("Name:\tapp\nTracerPid:\t0\nUid:\t0", Some(0)),
            ("Name:\tapp\nTracerPid:\t4711\n", Some(4711)),
            ("Name:\tapp\n", None),
        ] {
            assert_eq!(tracer(status), expected, "{status}");
        }
    }
}
