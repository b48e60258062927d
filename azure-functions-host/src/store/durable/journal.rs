//! The task hub in a `SQLite` file: each step in one transaction, so that a host that is killed loses nothing it has done.

use std::{path::Path, time::Duration};

use azure_functions_shared::durable::HistoryEvent;
use jiff::Timestamp;
use prost::Message;
use rusqlite::{Connection, Transaction, params};

use super::{
    record::{EntityRecord, InstanceRecord, TaskRecord, TimerRecord},
    state::{Due, State},
    time::moment,
};

/// The version of the tables below.
const VERSION: i64 = 1;

/// How long another host may still have the file.
const PATIENCE: Duration = Duration::from_millis(500);

/// One host at a time has the file. What it has written outlives it, though not a loss of power in the last moment.
const SETTINGS: &str = "
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
";

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS instances (id TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS history (
        id TEXT NOT NULL, place INTEGER NOT NULL, event BLOB NOT NULL, PRIMARY KEY (id, place)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS entities (id TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS tasks (number INTEGER PRIMARY KEY, record BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS timers (number INTEGER PRIMARY KEY, record BLOB NOT NULL);
";

/// Why the file of a task hub cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// `SQLite` failed.
    #[error(
        "SQLite failed; check that the file is a task hub's, that it can be written, and that no other host has it"
    )]
    Sqlite(#[from] rusqlite::Error),
    /// The file holds something that is not in the form that this host writes.
    #[error(
        "the file holds something that this host cannot read; remove the file, or use the version that wrote it"
    )]
    Record(#[from] prost::DecodeError),
    /// The file was written by another version.
    #[error(
        "the file has version {0}, but this host reads version {VERSION}; remove the file, or use the version that wrote it"
    )]
    Version(i64),
}

/// The file.
#[derive(Debug)]
pub(super) struct Journal {
    connection: Connection,
}

impl Journal {
    /// Opens or makes a file, and reads what it holds.
    pub(super) fn open(path: &Path, now: Timestamp) -> Result<(Self, State), JournalError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        connection.execute_batch(SETTINGS)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version != 0 && version != VERSION {
            return Err(JournalError::Version(version));
        }
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        connection.execute_batch(TABLES)?;
        connection.pragma_update(None, "user_version", VERSION)?;
        connection.execute_batch("COMMIT")?;
        let state = load(&connection, now)?;
        Ok((Self { connection }, state))
    }

    /// Writes what has changed. What cannot be written is written with what comes next.
    pub(super) fn write(&mut self, state: &mut State) -> Result<(), JournalError> {
        if state.dirty.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        write(&transaction, state)?;
        transaction.commit()?;
        let dirty = std::mem::take(&mut state.dirty);
        for id in dirty.instances {
            if let Some(instance) = state.instances.get_mut(&id) {
                instance.stored = instance.history.len();
                instance.rewritten = false;
            }
        }
        Ok(())
    }
}

fn write(transaction: &Transaction<'_>, state: &State) -> Result<(), JournalError> {
    for id in &state.dirty.instances {
        let instance = state.instances.get(id);
        if instance.is_none_or(|instance| instance.rewritten) {
            transaction
                .prepare_cached("DELETE FROM history WHERE id = ?")?
                .execute([id])?;
        }
        let Some(instance) = instance else {
            transaction
                .prepare_cached("DELETE FROM instances WHERE id = ?")?
                .execute([id])?;
            continue;
        };
        let record = InstanceRecord::from(instance).encode_to_vec();
        transaction
            .prepare_cached("INSERT OR REPLACE INTO instances VALUES (?, ?)")?
            .execute(params![id, record])?;
        let stored = if instance.rewritten {
            0
        } else {
            instance.stored
        };
        let mut add = transaction.prepare_cached("INSERT INTO history VALUES (?, ?, ?)")?;
        for (place, event) in instance.history.iter().enumerate().skip(stored) {
            let place = i64::try_from(place).unwrap_or(i64::MAX);
            add.execute(params![id, place, event.encode_to_vec()])?;
        }
    }
    for id in &state.dirty.entities {
        match state.entities.get(id) {
            Some(entity) => transaction
                .prepare_cached("INSERT OR REPLACE INTO entities VALUES (?, ?)")?
                .execute(params![id, EntityRecord::from(entity).encode_to_vec()])?,
            None => transaction
                .prepare_cached("DELETE FROM entities WHERE id = ?")?
                .execute([id])?,
        };
    }
    for number in &state.dirty.tasks {
        let task = state.tasks.get(number);
        let record = task.map(|task| TaskRecord::from(task).encode_to_vec());
        put(transaction, "tasks", *number, record)?;
    }
    for key in &state.dirty.timers {
        let timer = state.timers.get(key);
        let record = timer.and_then(|due| TimerRecord::new(key.0, due));
        let record = record.map(|record| record.encode_to_vec());
        put(transaction, "timers", key.1, record)?;
    }
    Ok(())
}

/// Keeps a record under its number, or none.
fn put(
    transaction: &Transaction<'_>,
    table: &str,
    number: u64,
    record: Option<Vec<u8>>,
) -> Result<(), JournalError> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    match record {
        Some(record) => transaction
            .prepare_cached(&format!("INSERT OR REPLACE INTO {table} VALUES (?, ?)"))?
            .execute(params![number, record])?,
        None => transaction
            .prepare_cached(&format!("DELETE FROM {table} WHERE number = ?"))?
            .execute([number])?,
    };
    Ok(())
}

fn load(connection: &Connection, now: Timestamp) -> Result<State, JournalError> {
    let mut state = State::default();
    let mut histories =
        connection.prepare("SELECT event FROM history WHERE id = ? ORDER BY place")?;
    for (id, record) in rows::<String>(connection, "SELECT id, record FROM instances")? {
        let events = histories.query_map([&id], |row| row.get::<_, Vec<u8>>(0))?;
        let mut history = Vec::new();
        for event in events {
            history.push(HistoryEvent::decode(event?.as_slice())?);
        }
        let record = InstanceRecord::decode(record.as_slice())?;
        let mut instance = record.into_instance(history);
        let starts = instance.state.scheduled_start_timestamp.as_ref();
        let starts = starts.and_then(moment).filter(|at| *at > now);
        if let Some(at) = starts.filter(|_| instance.history.is_empty()) {
            instance.held = true;
            state.at(at, Due::Turn(id.clone()));
        }
        state.instances.insert(id.clone(), instance);
        state.schedule(&id);
    }
    for (id, record) in rows::<String>(connection, "SELECT id, record FROM entities")? {
        let record = EntityRecord::decode(record.as_slice())?;
        state.entities.insert(id.clone(), record.into());
        state.schedule_entity(&id);
    }
    for (number, record) in rows::<i64>(connection, "SELECT number, record FROM tasks")? {
        let number = u64::try_from(number).unwrap_or_default();
        let record = TaskRecord::decode(record.as_slice())?;
        state.last = state.last.max(number);
        state.tasks.insert(number, record.into());
        state.calls.push_back(number);
    }
    for (number, record) in rows::<i64>(connection, "SELECT number, record FROM timers")? {
        let number = u64::try_from(number).unwrap_or_default();
        state.last = state.last.max(number);
        if let Some((at, due)) = TimerRecord::decode(record.as_slice())?.into_due() {
            state.timers.insert((at, number), due);
        }
    }
    Ok(state)
}

/// All rows of a table: keys and records.
fn rows<K: rusqlite::types::FromSql>(
    connection: &Connection,
    query: &str,
) -> Result<Vec<(K, Vec<u8>)>, JournalError> {
    let mut statement = connection.prepare(query)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
