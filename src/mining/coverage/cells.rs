//! Cells of the map: tiles of Web Mercator with the seconds, passes and directions in each.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::base::time::{Span, Time};
use crate::data::geometry::place::Place;
use crate::data::labels::odd;
use crate::data::labels::odd::title;
use crate::mining::coverage::record::Record;

/// Level of the tiles: about 153 m by the cosine of the latitude.
pub const LEVEL: u8 = 18;
/// A pause after which a cell is passed again.
const AGAIN: Span = Span(30_000_000_000);
/// Longest step between two positions that counts as driven.
const STEP: Span = Span(5_000_000_000);
/// Least way in meters that has a direction.
const WAY: f64 = 2.0;

/// Directions of travel, clockwise from the north.
const DIRECTIONS: [&str; 8] = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cell {
    /// Column and row of the tile.
    pub tile: [u32; 2],
    /// Latitude and longitude of its middle in degrees.
    pub middle: [f64; 2],
    /// Seconds in it.
    pub seconds: f64,
    /// Times that it was entered.
    pub passes: usize,
    /// Seconds by direction of travel; directions without any are left out.
    pub directions: BTreeMap<&'static str, f64>,
    /// Accepted findings in it.
    pub findings: usize,
    /// Tags that held in it, without those of the domain.
    pub tags: BTreeMap<String, usize>,
    /// Recordings that pass it.
    pub recordings: Vec<String>,
}

/// A cell that too few recordings pass.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// Column and row of the tile.
    pub tile: [u32; 2],
    /// Latitude and longitude of its middle in degrees.
    pub middle: [f64; 2],
    /// Passes so far.
    pub passes: usize,
    /// The recording that comes nearest.
    pub nearest: Option<String>,
    /// Its distance in cells.
    pub away: f64,
}

/// Coverage of the map.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MapCoverage {
    /// Level of the tiles.
    pub level: u8,
    /// Cells that are passed, in order.
    pub cells: Vec<Cell>,
    /// Cells with few passes: of the area, or of what was driven.
    pub gaps: Vec<Gap>,
    /// Recordings without a position.
    pub without: Vec<String>,
}

/// The tile of a position.
pub fn tile(place: &Place, level: u8) -> [u32; 2] {
    let count = f64::from(1_u32 << level.min(30));
    let x = (place.longitude + 180.0) / 360.0 * count;
    let y = (1.0 - libm::asinh(libm::tan(place.latitude.to_radians())) / std::f64::consts::PI) / 2.0 * count;
    [x, y].map(|value| value.clamp(0.0, count - 1.0) as u32)
}

/// Latitude and longitude of the middle of a tile in degrees.
fn middle([x, y]: [u32; 2], level: u8) -> [f64; 2] {
    let count = f64::from(1_u32 << level.min(30));
    let north = std::f64::consts::PI * (1.0 - 2.0 * (f64::from(y) + 0.5) / count);
    [libm::atan(libm::sinh(north)).to_degrees(), (f64::from(x) + 0.5) / count * 360.0 - 180.0]
}

/// The coverage of the map; cells with fewer passes than `least` are gaps, and those of `area`, a polygon of latitude and
/// longitude, that nobody passed.
pub fn map(records: &[Record], level: u8, least: usize, area: &[[f64; 2]]) -> MapCoverage {
    let mut cells: BTreeMap<[u32; 2], Cell> = BTreeMap::new();
    let mut by_record: Vec<BTreeSet<[u32; 2]>> = Vec::new();
    let mut without = Vec::new();
    for record in records {
        let mut own = BTreeSet::new();
        if record.places.is_empty() {
            without.push(record.name.clone());
        }
        pass(record, level, &mut cells, &mut own);
        by_record.push(own);
    }
    for (tile, cell) in &mut cells {
        (cell.tile, cell.middle) = (*tile, middle(*tile, level));
        let pass = records.iter().zip(&by_record).filter(|(_, own)| own.contains(tile));
        cell.recordings = pass.map(|(record, _)| record.name.clone()).collect();
    }
    let mut gaps: Vec<Gap> = Vec::new();
    let wanted: BTreeSet<[u32; 2]> =
        if area.len() > 2 { inside(area, level) } else { cells.keys().copied().collect() };
    for tile in wanted {
        let passes = cells.get(&tile).map_or(0, |cell| cell.passes);
        if passes < least {
            let near = nearest(tile, &by_record);
            gaps.push(Gap {
                tile,
                middle: middle(tile, level),
                passes,
                nearest: near.and_then(|(at, _)| records.get(at)).map(|record| record.name.clone()),
                away: near.map_or(0.0, |(_, away)| away),
            });
        }
    }
    gaps.sort_by_key(|a| (a.passes, a.tile));
    MapCoverage { level, cells: cells.into_values().collect(), gaps, without }
}

/// Adds the way of a recording.
fn pass(record: &Record, level: u8, cells: &mut BTreeMap<[u32; 2], Cell>, own: &mut BTreeSet<[u32; 2]>) {
    let mut last: BTreeMap<[u32; 2], Time> = BTreeMap::new();
    let at = |time: Time| {
        let after = record.places.partition_point(|(own, _)| *own <= time);
        record.places.get(after.saturating_sub(1)).map(|(_, place)| tile(place, level))
    };
    for (n, (time, place)) in record.places.iter().enumerate() {
        let here = tile(place, level);
        let cell = cells.entry(here).or_default();
        if last.insert(here, *time).is_none_or(|before| *time - before > AGAIN) {
            cell.passes += 1;
        }
        own.insert(here);
        let Some((next, to)) = record.places.get(n + 1) else { continue };
        if *next - *time > STEP {
            continue;
        }
        let secs = (*next - *time).secs();
        cell.seconds += secs;
        let (east, north) = to.meters_from(place);
        if libm::hypot(east, north) >= WAY * secs.min(1.0) {
            let eighth = (libm::atan2(east, north).to_degrees() / 45.0).round().rem_euclid(8.0) as usize;
            *cell.directions.entry(DIRECTIONS[eighth % 8]).or_default() += secs;
        }
    }
    for cell in record.findings.iter().filter_map(|finding| at(finding.peak)) {
        cells.entry(cell).or_default().findings += 1;
    }
    for tag in record.tags.iter().filter(|tag| odd::name_of(&tag.kind).is_none()) {
        if let Some(cell) = at(tag.start) {
            *cells.entry(cell).or_default().tags.entry(title(&tag.kind).to_owned()).or_default() += 1;
        }
    }
}

/// The recording that comes nearest to a tile, and its distance in tiles; of equals the first.
fn nearest(tile: [u32; 2], by_record: &[BTreeSet<[u32; 2]>]) -> Option<(usize, f64)> {
    let away = |other: &[u32; 2]| {
        let [x, y] = [0, 1].map(|at| f64::from(other[at]) - f64::from(tile[at]));
        (x * x + y * y).sqrt()
    };
    let of = |(at, tiles): (usize, &BTreeSet<[u32; 2]>)| {
        let least = tiles.iter().map(away).fold(f64::INFINITY, f64::min);
        least.is_finite().then_some((at, least))
    };
    let all = by_record.iter().enumerate().filter_map(of);
    all.reduce(|best, next| if next.1 < best.1 { next } else { best })
}

/// The tiles whose middle is in a polygon of latitude and longitude.
fn inside(area: &[[f64; 2]], level: u8) -> BTreeSet<[u32; 2]> {
    let corner = |[latitude, longitude]: [f64; 2]| tile(&Place { latitude, longitude, altitude: 0.0 }, level);
    let corners: Vec<[u32; 2]> = area.iter().map(|corner_of| corner(*corner_of)).collect();
    let range = |axis: usize| {
        let values = || corners.iter().map(|corner| corner[axis]);
        values().min().unwrap_or(0)..=values().max().unwrap_or(0)
    };
    let holds = |tile: [u32; 2]| {
        let [latitude, longitude] = middle(tile, level);
        let sides = area.iter().zip(area.iter().cycle().skip(1));
        let crossed = sides.filter(|(a, b)| {
            let between = (a[0] > latitude) != (b[0] > latitude);
            between && longitude < a[1] + (latitude - a[0]) / (b[0] - a[0]) * (b[1] - a[1])
        });
        crossed.count() % 2 == 1
    };
    let mut all = BTreeSet::new();
    // A polygon over half the world has more tiles than anybody drives.
    if range(0).count().saturating_mul(range(1).count()) > 4_000_000 {
        return all;
    }
    for x in range(0) {
        for y in range(1) {
            if holds([x, y]) {
                all.insert([x, y]);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_those_of_the_web() {
        let place = Place { latitude: 52.5163, longitude: 13.3777, altitude: 0.0 };
        // Brandenburg Gate, formula of the OpenStreetMap wiki.
        assert_eq!(tile(&place, 18), [140_813, 85_975]);
        let [latitude, longitude] = middle(tile(&place, 18), 18);
        assert!((latitude - place.latitude).abs() < 1e-3 && (longitude - place.longitude).abs() < 1e-3);
        assert_eq!(tile(&Place { latitude: 0.0, longitude: 0.0, altitude: 0.0 }, 1), [1, 1]);
    }

    #[test]
    fn passes_seconds_and_directions_are_counted() {
        let at = |n: i64, east: f64| {
            let start = Place { latitude: 48.0, longitude: 11.0, altitude: 0.0 };
            (Time::from_secs(n as f64), start.moved(east, 0.0))
        };
        let there: Vec<(Time, Place)> = (0..30).map(|n| at(n, 10.0 * n as f64)).collect();
        let back = (0..30).map(|n| at(100 + n, 290.0 - 10.0 * n as f64));
        let record = Record { places: there.iter().copied().chain(back).collect(), ..Record::default() };
        let found = map(&[record], LEVEL, 3, &[]);
        assert!((found.cells.iter().map(|cell| cell.seconds).sum::<f64>() - 58.0).abs() < 1e-9);
        assert!(found.cells.len() >= 3 && found.cells.iter().all(|cell| cell.passes == 2));
        let middle = &found.cells[1];
        assert!(middle.directions.contains_key("E") && middle.directions.contains_key("W"), "{middle:?}");
        assert_eq!(found.gaps.len(), found.cells.len());
    }
}
