//! Parts that are missing: shares of shards, runs of missing parts, and where a shard without work goes on.

use std::collections::BTreeSet;
use std::ops::Range;

/// The parts of shard `shard` of `shards`, counted from 1. A shard without parts has an empty range.
pub fn share(parts: usize, shard: usize, shards: usize) -> Range<usize> {
    let at = |shard: usize| (parts as u128 * shard as u128 / shards.max(1) as u128) as usize;
    at(shard.saturating_sub(1))..at(shard)
}

/// Runs of consecutive parts that are not done.
pub fn gaps(parts: usize, done: &BTreeSet<usize>) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    let mut start = 0;
    for end in done.iter().copied().filter(|part| *part < parts).chain([parts]) {
        if start < end {
            gaps.push(start..end);
        }
        start = end + 1;
    }
    gaps
}

/// The parts that a shard takes over: from the middle of the largest gap to its end. Of several gaps of that size shards
/// take different ones. Empty if nothing is missing.
pub fn stolen(gaps: &[Range<usize>], shard: usize) -> Range<usize> {
    let largest = gaps.iter().map(Range::len).max().unwrap_or_default();
    let all: Vec<&Range<usize>> = gaps.iter().filter(|gap| gap.len() == largest).collect();
    let Some(gap) = all.get(shard % all.len().max(1)) else { return 0..0 };
    gap.start + gap.len() / 2..gap.end
}

/// Numbers of parts as ranges for people: `0-3, 7`; of many the first.
pub fn shown(gaps: &[Range<usize>]) -> String {
    const MOST: usize = 8;
    let one = |gap: &Range<usize>| match gap.len() {
        1 => gap.start.to_string(),
        _ => format!("{}-{}", gap.start, gap.end - 1),
    };
    let mut shown: Vec<String> = gaps.iter().take(MOST).map(one).collect();
    if gaps.len() > MOST {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_the_whole_once() {
        for parts in [0, 1, 5, 7, 1000] {
            for shards in [1, 2, 3, 7, 12] {
                let all: Vec<usize> = (1..=shards).flat_map(|shard| share(parts, shard, shards)).collect();
                assert_eq!(all, (0..parts).collect::<Vec<_>>());
            }
        }
        assert_eq!(share(2, 1, 7), 0..0);
    }

    #[test]
    fn the_middle_of_the_largest_gap_is_taken_over() {
        let done: BTreeSet<usize> = [0, 1, 4, 9, 70].into();
        let gaps = gaps(12, &done);
        assert_eq!(gaps, [2..4, 5..9, 10..12]);
        assert_eq!(stolen(&gaps, 3), 7..9);
        assert_eq!((stolen(&[2..4, 10..12], 0), stolen(&[2..4, 10..12], 1)), (3..4, 11..12));
        let one = std::slice::from_ref(&(6..7));
        assert_eq!((stolen(one, 5), stolen(&[], 1)), (6..7, 0..0));
        assert_eq!(shown(&gaps), "2-3, 5-8, 10-11");
    }
}
