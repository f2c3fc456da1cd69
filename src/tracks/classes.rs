//! Classes that mean the same to a driver.

/// Superclasses by words in the names of classes, the first word that a name contains decides.
const WORDS: &[(&str, &[&str])] = &[
    ("cycle", &["bicycle", "motorcycle", "motorbike", "cyclist", "bike", "rider", "scooter"]),
    ("person", &["person", "pedestrian", "people", "child", "walker"]),
    ("vehicle", &["car", "truck", "bus", "van", "vehicle", "trailer", "tram", "train"]),
    ("animal", &["animal", "dog", "cat", "deer"]),
];

/// The superclass of a class; a class of none is its own.
pub fn superclass(class: &str) -> String {
    let lower = class.to_lowercase();
    let found = WORDS.iter().find(|(_, words)| words.iter().any(|word| lower.contains(word)));
    found.map_or(lower, |(name, _)| (*name).to_owned())
}

/// True for people and those who ride a cycle.
pub fn vulnerable(class: &str) -> bool {
    matches!(superclass(class).as_str(), "person" | "cycle")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_one_kind_share_a_superclass() {
        for (class, expected) in [
            ("car", "vehicle"),
            ("Truck", "vehicle"),
            ("vehicle.bus.rigid", "vehicle"),
            ("human.pedestrian.adult", "person"),
            ("Bicycle", "cycle"),
            ("other", "other"),
        ] {
            assert_eq!(superclass(class), expected, "{class}");
        }
        assert!(vulnerable("cyclist") && !vulnerable("car"));
    }
}
