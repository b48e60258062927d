//! An event as a line for people.

use std::time::Duration;

use azure_functions_host::{Event, EventKind, Level};
use jiff::tz::TimeZone;
use owo_colors::{OwoColorize as _, Style};

/// The width of the column of names; a longer name pushes the rest to the right.
const NAME: usize = 16;

/// Where the host says that it has started, which the table of functions says too.
const STARTUP: &str = "Host.Startup";

/// The line, or nothing for an event that would only repeat what the next one says.
pub(super) fn line(event: &Event) -> Option<String> {
    let (word, style, text) = match event.kind {
        EventKind::Started | EventKind::Metric => return None,
        EventKind::Host if event.category == STARTUP => return None,
        EventKind::Console if event.message.is_empty() => return None,
        EventKind::Succeeded => ("ok", Style::new().green(), String::new()),
        EventKind::Failed => ("failed", Style::new().red().bold(), failure(event)),
        _ => {
            let (word, style) = level(event.level);
            (word, style, event.message.clone())
        }
    };
    let subject = match (&event.function, event.kind) {
        (Some(function), _) => function,
        (None, EventKind::Host) => "host",
        (None, _) => "app",
    };
    let time = event.time.to_zoned(TimeZone::system());
    let time = time.strftime("%H:%M:%S%.3f").to_string();
    let mut line = format!(
        "{} {subject:NAME$} {}",
        time.dimmed(),
        format!("{word:6}").style(style)
    );
    if let Some(duration) = event.duration {
        line.push(' ');
        line.push_str(&taken(duration).dimmed().to_string());
    }
    if !text.is_empty() {
        line.push(' ');
        line.push_str(&text.replace('\n', "\n    "));
    }
    Some(line.trim_end().to_owned())
}

fn level(level: Level) -> (&'static str, Style) {
    match level {
        Level::Trace => ("trace", Style::new().dimmed()),
        Level::Debug => ("debug", Style::new().dimmed()),
        Level::Information => ("info", Style::new().cyan()),
        Level::Warning => ("warn", Style::new().yellow()),
        Level::Error => ("error", Style::new().red()),
        Level::Critical => ("fatal", Style::new().red().bold()),
    }
}

/// What the function said, without the frame that the host puts around it.
fn failure(event: &Event) -> String {
    let Some(exception) = &event.exception else {
        return event.message.clone();
    };
    let text = exception
        .strip_prefix("Result: Failure\nException: ")
        .or_else(|| exception.strip_prefix("Result: Cancelled\nException: "))
        .unwrap_or(exception);
    let text = text.split("\nStack: ").next().unwrap_or(text);
    text.trim_end().to_owned()
}

pub(super) fn taken(duration: Duration) -> String {
    match duration.as_millis() {
        0 => "<1 ms".to_owned(),
        millis @ 1..10_000 => format!("{millis} ms"),
        _ => format!("{} s", duration.as_secs()),
    }
}
