//! Pairs of hashes of 64 bits that differ in few bits, and the groups that they form.

/// Bits of a band, by which candidates are found.
const BAND: u32 = 16;
/// Bands of a hash.
const BANDS: u32 = 4;
/// Most bits in which two hashes may differ: above, unrelated images meet.
pub const MOST_BITS: u32 = 15;

/// Two hashes that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alike {
    /// Index of the first.
    pub first: usize,
    /// Index of the second.
    pub second: usize,
    /// Bits in which they differ.
    pub bits: u32,
}

/// Every pair that differs in at most `most` bits (up to [`MOST_BITS`]), in order.
///
/// Of two hashes that differ in `n` bits one of the
/// four bands differs in at most `n / 4`, so looking up all neighbors of the bands misses none.
pub fn pairs(hashes: &[u64], most: u32) -> Vec<Alike> {
    let most = most.min(MOST_BITS);
    let masks = neighbors(most / BANDS);
    let mut found = Vec::new();
    for band in 0..BANDS {
        let key = |hash: u64| (hash >> (band * BAND)) as u16;
        let mut order: Vec<(u16, u32)> =
            hashes.iter().enumerate().map(|(at, hash)| (key(*hash), at as u32)).collect();
        order.sort_unstable();
        let mut starts = vec![0_u32; (1 << BAND) + 1];
        for (key, _) in &order {
            starts[usize::from(*key) + 1] += 1;
        }
        (0..1 << BAND).for_each(|at| starts[at + 1] += starts[at]);
        for (first, hash) in hashes.iter().enumerate() {
            for mask in &masks {
                let wanted = usize::from(key(*hash) ^ mask);
                let range = starts[wanted] as usize..starts[wanted + 1] as usize;
                let later = order[range].iter().filter(|(_, second)| *second as usize > first);
                found.extend(later.filter_map(|(_, second)| {
                    let bits = (hash ^ hashes[*second as usize]).count_ones();
                    (bits <= most).then_some(Alike { first, second: *second as usize, bits })
                }));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Words of 16 bits with at most so many ones.
fn neighbors(most: u32) -> Vec<u16> {
    (0..=u16::MAX).filter(|mask| mask.count_ones() <= most).collect()
}

/// Connected parts of more than one item, each in order, the first item of each in order.
pub fn groups(count: usize, pairs: &[Alike]) -> Vec<Vec<usize>> {
    let mut parents: Vec<usize> = (0..count).collect();
    for pair in pairs {
        let (a, b) = (root(&mut parents, pair.first), root(&mut parents, pair.second));
        parents[a.max(b)] = a.min(b);
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); count];
    (0..count).for_each(|at| groups[root(&mut parents, at)].push(at));
    groups.retain(|group| group.len() > 1);
    groups
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    #[test]
    fn bands_find_what_comparing_all_pairs_finds() {
        let mut rng = Rng::new(4);
        let mut hashes: Vec<u64> = (0..150).map(|_| rng.bits()).collect();
        // Copies with some bits changed.
        for at in 0..150 {
            let changed = (0..at % 14).fold(hashes[at], |hash, _| hash ^ 1 << (rng.bits() % 64));
            hashes.push(changed);
        }
        for most in [0, 3, 4, 7, 10, 15] {
            let mut all = Vec::new();
            for first in 0..hashes.len() {
                for second in first + 1..hashes.len() {
                    let bits = (hashes[first] ^ hashes[second]).count_ones();
                    if bits <= most {
                        all.push(Alike { first, second, bits });
                    }
                }
            }
            assert_eq!(pairs(&hashes, most), all, "{most}");
        }
        let chain = [Alike { first: 0, second: 2, bits: 1 }, Alike { first: 2, second: 4, bits: 1 }];
        assert_eq!(groups(6, &chain), vec![vec![0, 2, 4]]);
        assert!(groups(0, &[]).is_empty() && pairs(&[], 4).is_empty());
    }
}
