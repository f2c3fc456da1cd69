//! `labels.db`: labels and history in SQLite, one transaction an edit.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, params};

use crate::base::time::Time;
use crate::data::case::Case;
use crate::data::objects::{Box2, LabelBox};
use crate::data::tag::Tag;
use crate::project::edit::Edit;
use crate::project::{Project, ProjectError};

const SCHEMA: &str = "
create table if not exists tags (
    id integer primary key, clip text not null, kind text not null,
    start_ns integer not null, end_ns integer, note text not null);
create table if not exists boxes (
    id integer primary key, clip text not null, channel text not null, frame integer not null,
    class text not null, x0 real not null, y0 real not null, x1 real not null, y1 real not null);
create table if not exists cases (
    suite text not null, id text not null, json text not null, primary key (suite, id));
create table if not exists history (
    seq integer primary key autoincrement, label text not null, edit text not null, inverse text not null,
    undone integer not null default 0);
";

/// Edits that can be undone; older ones are forgotten when a project is opened.
const HISTORY_KEPT: i64 = 10_000;

/// What moving along the history means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Undo,
    Redo,
}

pub(super) struct Store {
    db: Connection,
    path: PathBuf,
    pub(super) read_only: bool,
}

impl Store {
    /// Opens or makes the database; read-only where it cannot be written.
    pub(super) fn open(folder: &Path) -> Result<Self, ProjectError> {
        let path = folder.join("labels.db");
        let attempt = Connection::open(&path).and_then(|db| {
            db.busy_timeout(std::time::Duration::from_secs(5))?;
            db.pragma_update(None, "journal_mode", "wal")?;
            // Full: an edit survives even a power cut once its transaction is through.
            db.pragma_update(None, "synchronous", "full")?;
            db.execute_batch(SCHEMA)?;
            db.execute(
                "delete from history where seq <= (select max(seq) from history) - ?1",
                [HISTORY_KEPT],
            )?;
            Ok(db)
        });
        match attempt {
            Ok(db) => Ok(Self { db, path, read_only: false }),
            Err(first) if path.is_file() && is_denied(&first) => {
                let uri = format!("file:{}?immutable=1", path.display());
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
                let db = Connection::open_with_flags(uri, flags)
                    .map_err(|source| ProjectError::Database { path: path.clone(), source })?;
                Ok(Self { db, path, read_only: true })
            }
            Err(err) if is_denied(&err) => Err(ProjectError::ReadOnly { path: folder.to_owned() }),
            Err(err) if err.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
                Err(ProjectError::Malformed {
                    problem:
                        "the labels are damaged, restore labels.db from a copy or move it away to start anew"
                            .to_owned(),
                    path,
                })
            }
            Err(source) => Err(ProjectError::Database { path, source }),
        }
    }

    /// Reads tags, boxes and cases.
    pub(super) fn load(&self, project: &mut Project) -> Result<(), ProjectError> {
        self.load_rows(project).map_err(|err| self.error(err))
    }

    fn load_rows(&self, project: &mut Project) -> rusqlite::Result<()> {
        let mut query = self
            .db
            .prepare("select id, clip, kind, start_ns, end_ns, note from tags order by start_ns, id")?;
        let tags = query.query_map([], |row| {
            Ok(Tag {
                id: row.get::<_, i64>(0)? as u64,
                clip: row.get(1)?,
                kind: row.get(2)?,
                start: Time(row.get(3)?),
                end: row.get::<_, Option<i64>>(4)?.map(Time),
                note: row.get(5)?,
            })
        })?;
        project.tags = tags.collect::<Result<_, _>>()?;
        let mut query = self
            .db
            .prepare("select id, clip, channel, frame, class, x0, y0, x1, y1 from boxes order by id")?;
        let boxes = query.query_map([], |row| {
            Ok(LabelBox {
                id: row.get::<_, i64>(0)? as u64,
                clip: row.get(1)?,
                channel: row.get(2)?,
                frame: row.get::<_, i64>(3)? as usize,
                class: row.get(4)?,
                bbox: Box2 { x0: row.get(5)?, y0: row.get(6)?, x1: row.get(7)?, y1: row.get(8)? },
            })
        })?;
        project.boxes = boxes.collect::<Result<_, _>>()?;
        let mut query = self.db.prepare("select json from cases order by suite, id")?;
        let cases = query.query_map([], |row| row.get::<_, String>(0))?;
        project.cases = cases.map(|json| parsed(&json?)).collect::<Result<_, _>>()?;
        project.cases.sort_by(|a, b| (&a.suite, &a.id).cmp(&(&b.suite, &b.id)));
        Ok(())
    }

    /// Writes an edit, its inverse and its result in one transaction. What was undone is forgotten.
    pub(super) fn record(&mut self, label: &str, edit: &Edit, inverse: &Edit) -> Result<(), ProjectError> {
        let run = |db: &mut Connection| -> rusqlite::Result<()> {
            let transaction = db.transaction()?;
            transaction.execute("delete from history where undone = 1", [])?;
            transaction.execute(
                "insert into history (label, edit, inverse) values (?1, ?2, ?3)",
                params![label, text(edit)?, text(inverse)?],
            )?;
            write(&transaction, edit)?;
            transaction.commit()
        };
        run(&mut self.db).map_err(|err| self.error(err))
    }

    /// The edit that the next undo or redo makes, with its label.
    pub(super) fn next(&self, direction: Direction) -> Result<Option<(i64, String, Edit)>, ProjectError> {
        let sql = match direction {
            Direction::Undo => {
                "select seq, label, inverse from history where undone = 0 order by seq desc limit 1"
            }
            Direction::Redo => "select seq, label, edit from history where undone = 1 order by seq limit 1",
        };
        self.entry(sql)
    }

    fn entry(&self, sql: &str) -> Result<Option<(i64, String, Edit)>, ProjectError> {
        let row = self
            .db
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))
            .optional()
            .and_then(|row| row.map(|(seq, label, json)| Ok((seq, label, parsed(&json)?))).transpose());
        row.map_err(|err| self.error(err))
    }

    /// The last edit that was not taken back, with its label.
    pub(super) fn last(&self) -> Result<Option<(i64, String, Edit)>, ProjectError> {
        let sql = "select seq, label, edit from history where undone = 0 order by seq desc limit 1";
        self.entry(sql)
    }

    /// Replaces the edit of history entry `seq` by one that goes further, and writes its result. Undoing the
    /// entry leads back to before both.
    pub(super) fn extend(&mut self, seq: i64, edit: &Edit) -> Result<(), ProjectError> {
        let run = |db: &mut Connection| -> rusqlite::Result<()> {
            let transaction = db.transaction()?;
            transaction.execute("delete from history where undone = 1", [])?;
            transaction.execute("update history set edit = ?1 where seq = ?2", params![text(edit)?, seq])?;
            write(&transaction, edit)?;
            transaction.commit()
        };
        run(&mut self.db).map_err(|err| self.error(err))
    }

    /// Writes the result of undoing or redoing history entry `seq`.
    pub(super) fn mark(&mut self, seq: i64, direction: Direction, edit: &Edit) -> Result<(), ProjectError> {
        let run = |db: &mut Connection| -> rusqlite::Result<()> {
            let transaction = db.transaction()?;
            let undone = i64::from(direction == Direction::Undo);
            transaction.execute("update history set undone = ?1 where seq = ?2", params![undone, seq])?;
            write(&transaction, edit)?;
            transaction.commit()
        };
        run(&mut self.db).map_err(|err| self.error(err))
    }

    fn error(&self, source: rusqlite::Error) -> ProjectError {
        ProjectError::Database { path: self.path.clone(), source }
    }
}

/// What an edit changes in the tables.
fn write(transaction: &Transaction<'_>, edit: &Edit) -> rusqlite::Result<()> {
    match edit {
        Edit::AddTag(tag) | Edit::SetTag(tag) => transaction.execute(
            "insert or replace into tags (id, clip, kind, start_ns, end_ns, note) values (?1, ?2, ?3, ?4, ?5, ?6)",
            params![tag.id as i64, tag.clip, tag.kind, tag.start.0, tag.end.map(|end| end.0), tag.note],
        ),
        Edit::RemoveTag(id) => transaction.execute("delete from tags where id = ?1", [*id as i64]),
        Edit::AddBox(b) | Edit::SetBox(b) => transaction.execute(
            "insert or replace into boxes (id, clip, channel, frame, class, x0, y0, x1, y1)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![b.id as i64, b.clip, b.channel, b.frame as i64, b.class, b.bbox.x0, b.bbox.y0, b.bbox.x1, b.bbox.y1],
        ),
        Edit::RemoveBox(id) => transaction.execute("delete from boxes where id = ?1", [*id as i64]),
        Edit::AddCase(case) | Edit::SetCase(case) => transaction.execute(
            "insert or replace into cases (suite, id, json) values (?1, ?2, ?3)",
            params![case.suite, case.id, text::<Case>(case)?],
        ),
        Edit::RemoveCase { suite, id } => {
            transaction.execute("delete from cases where suite = ?1 and id = ?2", params![suite, id])
        }
        // These live in hardcase.toml.
        Edit::SetOntology(_) | Edit::SetClips(_) | Edit::SetModels(_) => Ok(0),
        Edit::Group(edits) => return edits.iter().try_for_each(|edit| write(transaction, edit)),
    }
    .map(drop)
}

fn text<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|err| rusqlite::Error::ToSqlConversionFailure(Box::new(err)))
}

fn parsed<T: serde::de::DeserializeOwned>(json: &str) -> rusqlite::Result<T> {
    serde_json::from_str(json).map_err(|err| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(err))
    })
}

fn is_denied(err: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
    matches!(err.sqlite_error_code(), Some(CannotOpen | PermissionDenied | ReadOnly))
}
