//! `hardcase doctor --clean`: removes what the program left in temporary places.

use anyhow::Context as _;

use crate::base::temporary::leftovers;
use crate::cli::print;

/// List what is left behind, and remove it unless `dry_run` is set.
pub(super) fn clean(dry_run: bool) -> anyhow::Result<()> {
    let place = std::env::temp_dir();
    let found = leftovers(&place).with_context(|| format!("could not read {}", place.display()))?;
    for leftover in &found {
        print(&format!("{:>7} KB  {}", leftover.bytes.div_ceil(1024), leftover.path.display()));
    }
    if !dry_run {
        for leftover in &found {
            leftover.remove().with_context(|| format!("could not remove {}", leftover.path.display()))?;
        }
    }
    let bytes: u64 = found.iter().map(|leftover| leftover.bytes).sum();
    let (count, size) = (found.len(), bytes.div_ceil(1 << 20));
    let done = if dry_run { "to remove" } else { "removed" };
    print(&format!("{count} files and folders {done}, {size} MB: {}", place.display()));
    Ok(())
}
