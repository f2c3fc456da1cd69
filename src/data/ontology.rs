//! The words a project labels with: tag types and object classes.

use serde::{Deserialize, Serialize};

/// Tag types and classes, in the order in which they are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ontology {
    /// What can be said about a time; the first nine have the keys 1 to 9.
    pub tags: Vec<String>,
    /// What a box can be.
    pub classes: Vec<String>,
}

impl Default for Ontology {
    /// What a drive usually needs; every project may change it.
    fn default() -> Self {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            tags: owned(&[
                "interesting",
                "pedestrian",
                "cut-in",
                "hard braking",
                "debris",
                "glare",
                "rain",
                "sensor fault",
                "model wrong",
            ]),
            classes: owned(&["person", "bicycle", "car", "motorcycle", "bus", "truck", "traffic light"]),
        }
    }
}

/// A number that is the same for a name in every project and on every machine: it picks the color.
pub fn stable_index(name: &str, count: usize) -> usize {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ((hash ^ (hash >> 32)) % count.max(1) as u64) as usize
}

/// Colors that people with the common kinds of color blindness tell apart (Okabe and Ito, 2008), light
/// enough for dark halos and dark enough for white text beside them.
pub const PALETTE: [[u8; 3]; 12] = [
    [230, 159, 0],
    [86, 180, 233],
    [0, 190, 140],
    [240, 228, 66],
    [60, 140, 220],
    [225, 105, 30],
    [214, 130, 178],
    [170, 170, 180],
    [150, 220, 90],
    [250, 180, 150],
    [160, 130, 240],
    [120, 220, 220],
];

/// Names that say their color.
const NAMED: [(&str, [u8; 3]); 5] = [
    ("red", [238, 82, 70]),
    ("yellow", [240, 228, 66]),
    ("green", [0, 190, 110]),
    ("blue", [70, 150, 240]),
    ("orange", [240, 150, 40]),
];

/// The color of a class or tag type: the same for a name in every project, window and report.
pub fn color_of(name: &str) -> [u8; 3] {
    if let Some((_, color)) = NAMED.iter().find(|(known, _)| *known == name) {
        return *color;
    }
    PALETTE.get(stable_index(name, PALETTE.len())).copied().unwrap_or([170, 170, 180])
}
