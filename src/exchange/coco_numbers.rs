//! Numbers of COCO's annotations as people write them: lists with text or `NaN` in them, polygons flat or in pairs, one mask
//! or several.

use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::data::geometry::shape::{Mask, Shape};
use crate::exchange::rle;
use crate::imaging::masks;

/// Numbers in a list or alone; text is read as a number, and what is none as `NaN`. Anything else is as if absent.
#[derive(Debug, Default)]
pub(super) struct Numbers(pub(super) Vec<f64>);

/// A number, text with a number in it, or a list; whatever stands in the place of numbers.
enum Entry {
    Number(f64),
    List(Vec<Self>),
    Runs(Runs),
    Other,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("numbers")
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Entry, E> {
                Ok(Entry::Other)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Entry, E> {
                Ok(Entry::Number(number as f64))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Entry, E> {
                Ok(Entry::Number(number as f64))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Entry, E> {
                Ok(Entry::Number(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Entry, E> {
                Ok(Entry::Number(text.trim().parse().unwrap_or(f64::NAN)))
            }

            fn visit_unit<E: Error>(self) -> Result<Entry, E> {
                Ok(Entry::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entry, A::Error> {
                let mut entries = Vec::with_capacity(list.size_hint().unwrap_or(0));
                while let Some(entry) = list.next_element()? {
                    entries.push(entry);
                }
                Ok(Entry::List(entries))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
                let (mut size, mut counts) = (None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "size" => size = Some(map.next_value::<Numbers>()?),
                        "counts" => counts = Some(map.next_value::<Counts>()?),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                let size = size.and_then(|size| match size.0.as_slice() {
                    [height, width] => Some((whole_side(*width)?, whole_side(*height)?)),
                    _ => None,
                });
                Ok(counts.map_or(Entry::Other, |counts| Entry::Runs(Runs { size, counts })))
            }
        }
        deserializer.deserialize_any(EntryVisitor)
    }
}

impl Entry {
    /// The numbers of a list, those of pairs one after the other; `None` if it holds anything else.
    fn numbers(self) -> Option<Vec<f64>> {
        let Self::List(entries) = self else { return None };
        let mut numbers = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry {
                Self::Number(number) => numbers.push(number),
                pair @ Self::List(_) => numbers.extend(pair.numbers()?),
                Self::Other => numbers.push(f64::NAN),
                Self::Runs(_) => return None,
            }
        }
        Some(numbers)
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Entry::deserialize(deserializer)? {
            Entry::Number(number) => Self(vec![number]),
            list @ Entry::List(_) => Self(list.numbers().unwrap_or_default()),
            Entry::Runs(_) | Entry::Other => Self::default(),
        })
    }
}

/// The pixels of an object.
#[derive(Debug, Default)]
pub(super) struct Segmentation {
    /// Polygons, the numbers of each being x and y in turn.
    pub(super) outlines: Vec<Vec<f64>>,
    /// Masks, of which the object is the union.
    pub(super) runs: Vec<Runs>,
}

/// Runs down the columns.
#[derive(Debug)]
pub(super) struct Runs {
    /// Width and height of the image.
    size: Option<(u32, u32)>,
    /// Lengths of the runs.
    counts: Counts,
}

impl Segmentation {
    pub(super) fn has_nan(&self) -> bool {
        self.outlines.iter().flatten().any(|number| !number.is_finite())
    }

    /// The pixels of its masks, in an image of this size unless they state one; `None` without a mask that makes sense.
    pub(super) fn mask(&self, size: Option<(u32, u32)>) -> Option<Mask> {
        masks::union(&self.runs.iter().filter_map(|runs| runs.mask(size)).collect::<Vec<Mask>>())
    }
}

impl Runs {
    /// The mask in an image of this size, unless the runs state one; `None` where that makes no sense.
    pub(super) fn mask(&self, size: Option<(u32, u32)>) -> Option<Mask> {
        let (width, height) = self.size.or(size)?;
        self.counts.mask([height, width])
    }
}

impl<'de> Deserialize<'de> for Segmentation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut segmentation = Self::default();
        let entries = match Entry::deserialize(deserializer)? {
            Entry::Runs(runs) => {
                segmentation.runs.push(runs);
                return Ok(segmentation);
            }
            Entry::List(entries) => entries,
            Entry::Number(_) | Entry::Other => return Ok(segmentation),
        };
        // Numbers alone are one polygon, and so are pairs of them.
        let pair = |entry: &Entry| {
            let Entry::List(pair) = entry else { return false };
            pair.len() == 2 && pair.iter().all(|number| matches!(number, Entry::Number(_)))
        };
        let flat = entries.iter().any(|entry| matches!(entry, Entry::Number(_)));
        if flat || (entries.len() > 1 && entries.iter().all(pair)) {
            segmentation.outlines.extend(Entry::List(entries).numbers());
            return Ok(segmentation);
        }
        for entry in entries {
            match entry {
                Entry::Runs(runs) => segmentation.runs.push(runs),
                list @ Entry::List(_) => segmentation.outlines.extend(list.numbers()),
                Entry::Number(_) | Entry::Other => {}
            }
        }
        Ok(segmentation)
    }
}

/// Lengths of runs.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Counts {
    /// Packed into letters.
    Letters(String),
    /// As numbers.
    Numbers(Vec<u32>),
    /// Any other value, treated as absent.
    Other(IgnoredAny),
}

impl Counts {
    /// The mask of an image of this height and width; none where that makes no sense.
    fn mask(&self, [height, width]: [u32; 2]) -> Option<Mask> {
        let runs = match self {
            Self::Letters(letters) => rle::decoded(letters)?,
            Self::Numbers(runs) => runs.clone(),
            Self::Other(_) => return None,
        };
        Some(Mask { size: [width, height], runs }).filter(Mask::valid)
    }
}

fn whole_side(side: f64) -> Option<u32> {
    (side >= 0.0 && side < f64::from(u32::MAX)).then_some(side as u32)
}

/// Pixels of a side; 0 for what is no size.
pub(super) fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let Numbers(numbers) = Numbers::deserialize(deserializer)?;
    Ok(numbers.first().copied().and_then(whole_side).unwrap_or(0))
}

/// The value, or the default in the place of null.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The corners of a polygon; `None` for fewer than three, and for corners that are no numbers.
pub(super) fn polygon(outline: &[f64]) -> Option<Vec<[f32; 2]>> {
    let corners: Vec<[f32; 2]> = outline.chunks_exact(2).map(|p| [p[0] as f32, p[1] as f32]).collect();
    let shape = Shape::Polygon(corners.clone());
    shape.valid().then_some(corners)
}
