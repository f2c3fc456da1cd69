//! Values inside of a graph, on any backend that loads files: a copy of the file has them as outputs.

use std::collections::BTreeSet;
use std::path::Path;

use crate::base::inputs::{self, InputKind};
use crate::inference::Tensor;
use crate::inference::backend::Backend;
use crate::inference::error::GraphError;
use crate::inference::protobuf::{copy, fields, header};

/// Number of values per run, to save memory.
const AT_ONCE: usize = 16;

/// Passes each named value to `take`; values that are not numeric tensors are left out.
///
/// Operators that a backend would fuse are computed separately, so a difference caused by fusion does
/// not appear.
pub fn values(
    backend: &Backend,
    path: &Path,
    threads: usize,
    inputs: &[Tensor],
    names: &[String],
    mut take: impl FnMut(Tensor),
) -> Result<(), GraphError> {
    if backend.is_server() {
        return Err(GraphError::unsupported("a server does not expose the values inside of its model"));
    }
    let bytes = inputs::read(path, InputKind::Model)
        .map_err(|source| GraphError::Io { path: path.to_owned(), source })?;
    let mut run = |names: &[String]| -> Result<(), GraphError> {
        let file = copy(
            &with_outputs(&bytes, names)
                .ok_or_else(|| GraphError::damaged("the graph of the model cannot be read"))?,
        )?;
        let wanted: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let found = backend.graph(&file, threads)?.run(inputs)?;
        found.into_iter().filter(|value| wanted.contains(value.name.as_str())).for_each(&mut take);
        Ok(())
    };
    for part in names.chunks(AT_ONCE) {
        // A value that cannot be an output fails the run for all: then one by one.
        if run(part).is_err() {
            for name in part {
                if let Err(problem) = run(std::slice::from_ref(name)) {
                    log::debug!("the value {name:?} cannot be read: {problem}");
                }
            }
        }
    }
    Ok(())
}

/// The bytes of a model with these values as further outputs.
fn with_outputs(bytes: &[u8], names: &[String]) -> Option<Vec<u8>> {
    let graph = fields(bytes, 0..bytes.len())?.into_iter().find(|field| field.number == 7)?;
    let body = graph.body.ok()?;
    let mut known: BTreeSet<&[u8]> = BTreeSet::new();
    for output in fields(bytes, body.clone())?.into_iter().filter(|field| field.number == 12) {
        let own = fields(bytes, output.body.ok()?)?.into_iter().find(|field| field.number == 1)?;
        known.extend(bytes.get(own.body.ok()?));
    }
    let mut added = Vec::new();
    for name in names.iter().filter(|name| !known.contains(name.as_bytes())) {
        let text = header(1, name.len());
        added.extend(header(12, text.len() + name.len()));
        added.extend(text);
        added.extend(name.as_bytes());
    }
    let mut changed = Vec::with_capacity(bytes.len() + added.len() + 16);
    changed.extend(bytes.get(..graph.start)?);
    changed.extend(header(7, body.len() + added.len()));
    changed.extend(bytes.get(body.clone())?);
    changed.extend(added);
    changed.extend(bytes.get(body.end..)?);
    Some(changed)
}
