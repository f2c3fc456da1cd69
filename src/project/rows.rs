//! Tags, labels and cases as rows of the database.
#![expect(clippy::wildcard_enum_match_arm, reason = "any other cell type is read as text")]

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Transaction, params};

use crate::base::name::Name;
use crate::base::time::Time;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::Shape;
use crate::data::labels::index::Labels;
use crate::data::labels::label::{Attributes, Label, State};
use crate::data::labels::tag::Tag;
use crate::project::Project;
use crate::project::edit::Edit;

/// The tables. Version 1 had boxes only, and version 2 began without the source of a label; `labels` holds a box as four numbers and every other shape as JSON.
const SCHEMA: &str = "
create table if not exists tags (
    id integer primary key, clip text not null, kind text not null,
    start_ns integer not null, end_ns integer, note text not null, attributes text);
create table if not exists names (id integer primary key, name text not null unique);
create table if not exists labels (
    id integer primary key, object integer not null, clip integer not null, channel integer not null,
    frame integer not null, class integer not null, state integer not null, shape blob not null, attributes text,
    source text);
create table if not exists cases (
    suite text not null, id text not null, json text not null, primary key (suite, id));
create table if not exists reviews (key text primary key, json text not null);
create table if not exists history (
    seq integer primary key autoincrement, label text not null, edit blob not null, inverse blob not null,
    undone integer not null default 0);
";

/// Migration from version 1 to version 2.
const FROM_1: &str = "
alter table tags add column attributes text;
insert into names (name) select clip from boxes union select channel from boxes union select class from boxes;
";

/// The column that a database of version 2 may lack. Programs of that version go on reading and writing it.
const SOURCE: &str = "alter table labels add column source text";

const VERSION: i64 = 2;

/// Creates the tables, or migrates those of an older version.
pub(super) fn prepare(db: &mut Connection) -> rusqlite::Result<()> {
    if is_current(db)? {
        return Ok(());
    }
    let old: bool =
        db.query_row("select exists (select 1 from sqlite_master where name = 'boxes')", [], |row| {
            row.get(0)
        })?;
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(SCHEMA)?;
    if !has_source(&transaction)? {
        transaction.execute_batch(SOURCE)?;
    }
    if old {
        transaction.execute_batch(FROM_1)?;
        let boxes = {
            let mut query = transaction
                .prepare("select id, clip, channel, frame, class, x0, y0, x1, y1 from boxes order by id")?;
            let boxes = query.query_map([], |row| {
                let bbox = Box2 { x0: row.get(5)?, y0: row.get(6)?, x1: row.get(7)?, y1: row.get(8)? };
                let text = |i| row.get::<_, String>(i);
                let (id, frame) = (row.get::<_, i64>(0)? as u64, row.get::<_, i64>(3)? as usize);
                Ok(Label::new(id, text(1)?, text(2)?, frame, text(4)?, Shape::Box(bbox)))
            })?;
            boxes.collect::<rusqlite::Result<Vec<Label>>>()?
        };
        for label in boxes {
            write(&transaction, &Edit::AddLabel(label))?;
        }
        transaction.execute_batch("drop table boxes")?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// True if there is a table of reviews. A database of version 2 may be without it; programs of that version leave it alone.
fn has_reviews(db: &Connection) -> rusqlite::Result<bool> {
    let sql = "select exists (select 1 from sqlite_master where type = 'table' and name = 'reviews')";
    db.query_row(sql, [], |row| row.get(0))
}

/// True if the tables are those of this version, so that nothing has to be migrated.
pub(super) fn is_current(db: &Connection) -> rusqlite::Result<bool> {
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(version == VERSION && has_source(db)? && has_reviews(db)?)
}

/// True if labels have their source. A database that cannot be written may be without it.
fn has_source(db: &Connection) -> rusqlite::Result<bool> {
    let sql = "select exists (select 1 from pragma_table_info('labels') where name = 'source')";
    db.query_row(sql, [], |row| row.get(0))
}

/// Reads tags, labels and cases.
pub(super) fn load(db: &Connection, project: &mut Project) -> rusqlite::Result<()> {
    let mut query = db.prepare(
        "select id, clip, kind, start_ns, end_ns, note, attributes from tags order by start_ns, id",
    )?;
    let tags = query.query_map([], |row| {
        Ok(Tag {
            id: row.get::<_, i64>(0)? as u64,
            clip: row.get(1)?,
            kind: row.get(2)?,
            start: Time(row.get(3)?),
            end: row.get::<_, Option<i64>>(4)?.map(Time),
            note: row.get(5)?,
            attributes: attributes(row, 6)?,
        })
    })?;
    project.tags = tags.collect::<Result<_, _>>()?;
    project.labels = labels(db)?;
    let mut query = db.prepare("select json from cases order by suite, id")?;
    let cases = query.query_map([], |row| row.get::<_, String>(0))?;
    project.cases = cases.map(|json| parsed(&json?)).collect::<Result<_, _>>()?;
    project.cases.sort_by(|a, b| (&a.suite, &a.id).cmp(&(&b.suite, &b.id)));
    project.reviews.clear();
    if has_reviews(db)? {
        let mut query = db.prepare("select key, json from reviews")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            project.reviews.insert(row.get(0)?, parsed(&row.get::<_, String>(1)?)?);
        }
    }
    Ok(())
}

fn labels(db: &Connection) -> rusqlite::Result<Labels> {
    let mut names: Vec<Name> = Vec::new();
    let mut query = db.prepare("select id, name from names order by id")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let id = row.get::<_, i64>(0)?.max(0) as usize;
        names.resize(id + 1, Name::default());
        names[id] = Name::from(row.get::<_, String>(1)?);
    }
    let count: i64 = db.query_row("select count(*) from labels", [], |row| row.get(0))?;
    let mut all = Vec::with_capacity(count.max(0) as usize);
    let source = if has_source(db)? { "source" } else { "null" };
    let mut query = db.prepare(&format!(
        "select id, object, clip, channel, frame, class, state, shape, attributes, {source} from labels order by id"
    ))?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let name = |i| -> rusqlite::Result<Name> {
            Ok(names.get(row.get::<_, i64>(i)? as usize).cloned().unwrap_or_default())
        };
        all.push(Label {
            id: row.get::<_, i64>(0)? as u64,
            object: row.get::<_, i64>(1)? as u64,
            clip: name(2)?,
            channel: name(3)?,
            frame: row.get::<_, i64>(4)? as usize,
            class: name(5)?,
            state: State::ALL.get(row.get::<_, i64>(6)? as usize).copied().unwrap_or_default(),
            shape: shape(row, 7)?,
            attributes: attributes(row, 8)?,
            source: match row.get_ref(9)? {
                ValueRef::Null => None,
                value => Some(parsed(value.as_str()?)?),
            },
        });
    }
    Ok(Labels::from_sorted(all))
}

fn shape(row: &Row<'_>, column: usize) -> rusqlite::Result<Shape> {
    match row.get_ref(column)? {
        ValueRef::Blob(bytes) if bytes.len() == 16 => {
            let number = |i: usize| {
                // Sixteen bytes are four times four.
                f32::from_le_bytes([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]])
            };
            Ok(Shape::Box(Box2 { x0: number(0), y0: number(4), x1: number(8), y1: number(12) }))
        }
        value => parsed(value.as_str()?),
    }
}

fn attributes(row: &Row<'_>, column: usize) -> rusqlite::Result<Attributes> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(Attributes::new()),
        value => parsed(value.as_str()?),
    }
}

/// Writes an edit to the tables.
pub(super) fn write(transaction: &Transaction<'_>, edit: &Edit) -> rusqlite::Result<()> {
    match edit {
        Edit::AddTag(tag) => write_tag(transaction, tag, "insert"),
        Edit::SetTag(tag) => write_tag(transaction, tag, "replace"),
        Edit::RemoveTag(id) => execute(transaction, "delete from tags where id = ?1", [*id as i64]),
        Edit::AddLabel(label) => write_label(transaction, label, "insert"),
        Edit::SetLabel(label) => write_label(transaction, label, "replace"),
        Edit::RemoveLabel(id) => execute(transaction, "delete from labels where id = ?1", [*id as i64]),
        Edit::AddCase(case) => execute(
            transaction,
            "insert into cases (suite, id, json) values (?1, ?2, ?3)",
            params![case.suite, case.id, text(case)?],
        ),
        Edit::SetCase(case) => execute(
            transaction,
            "replace into cases (suite, id, json) values (?1, ?2, ?3)",
            params![case.suite, case.id, text(case)?],
        ),
        Edit::RemoveCase { suite, id } => {
            execute(transaction, "delete from cases where suite = ?1 and id = ?2", params![suite, id])
        }
        Edit::SetReview(review) => execute(
            transaction,
            "replace into reviews (key, json) values (?1, ?2)",
            params![review.finding.key(), text(review)?],
        ),
        Edit::RemoveReview(key) => execute(transaction, "delete from reviews where key = ?1", [key]),
        // Stored in hardcase.toml.
        Edit::SetOntology(_) | Edit::SetClips(_) | Edit::SetModels(_) | Edit::SetQuestion { .. } => Ok(()),
        Edit::Group(edits) => edits.iter().try_for_each(|edit| write(transaction, edit)),
    }
}

fn execute(transaction: &Transaction<'_>, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<()> {
    transaction.prepare_cached(sql)?.execute(values).map(drop)
}

fn write_tag(transaction: &Transaction<'_>, tag: &Tag, verb: &str) -> rusqlite::Result<()> {
    execute(
        transaction,
        &format!(
            "{verb} into tags (id, clip, kind, start_ns, end_ns, note, attributes) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        ),
        params![
            tag.id as i64,
            tag.clip,
            tag.kind,
            tag.start.0,
            tag.end.map(|end| end.0),
            tag.note,
            optional(&tag.attributes)?
        ],
    )
}

fn write_label(transaction: &Transaction<'_>, label: &Label, verb: &str) -> rusqlite::Result<()> {
    let name = |name: &Name| -> rusqlite::Result<i64> {
        let known = transaction
            .prepare_cached("select id from names where name = ?1")?
            .query_row([&**name], |row| row.get(0));
        match known {
            Err(rusqlite::Error::QueryReturnedNoRows) => {
                transaction.prepare_cached("insert into names (name) values (?1)")?.insert([&**name])
            }
            known => known,
        }
    };
    let state = State::ALL.iter().position(|state| *state == label.state).unwrap_or_default() as i64;
    let (numbers, words) = match &label.shape {
        Shape::Box(b) => {
            let numbers = [b.x0, b.y0, b.x1, b.y1];
            (Some(numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>()), None)
        }
        shape => (None, Some(text(shape)?)),
    };
    execute(
        transaction,
        &format!(
            "{verb} into labels (id, object, clip, channel, frame, class, state, shape, attributes, source)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce(?8, ?9), ?10, ?11)"
        ),
        params![
            label.id as i64,
            label.object as i64,
            name(&label.clip)?,
            name(&label.channel)?,
            label.frame as i64,
            name(&label.class)?,
            state,
            numbers,
            words,
            optional(&label.attributes)?,
            label.source.as_ref().map(text).transpose()?
        ],
    )
}

fn optional(attributes: &Attributes) -> rusqlite::Result<Option<String>> {
    if attributes.is_empty() { Ok(None) } else { text(attributes).map(Some) }
}

pub(super) fn text<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|err| rusqlite::Error::ToSqlConversionFailure(Box::new(err)))
}

pub(super) fn parsed<T: serde::de::DeserializeOwned>(json: &str) -> rusqlite::Result<T> {
    serde_json::from_str(json).map_err(|err| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(err))
    })
}
