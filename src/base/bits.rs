//! Numbers in files by their bits, so that nothing is rounded: for `#[serde(with = "…")]`.

/// Lists of numbers in single precision.
pub mod singles {
    use serde::{Deserialize as _, Deserializer, Serializer};

    /// Writes the bits.
    pub fn serialize<S: Serializer>(values: &[f32], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(values.iter().map(|value| value.to_bits()))
    }

    /// Reads the bits.
    pub fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Vec<f32>, D::Error> {
        Ok(Vec::<u32>::deserialize(from)?.into_iter().map(f32::from_bits).collect())
    }
}

/// Rows of numbers in double precision.
pub mod rows {
    use serde::{Deserialize as _, Deserializer, Serializer};

    /// Writes the bits.
    pub fn serialize<S: Serializer>(values: &[Vec<f64>], to: S) -> Result<S::Ok, S::Error> {
        let row = |row: &Vec<f64>| row.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
        to.collect_seq(values.iter().map(row))
    }

    /// Reads the bits.
    pub fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Vec<Vec<f64>>, D::Error> {
        let row = |row: Vec<u64>| row.into_iter().map(f64::from_bits).collect();
        Ok(Vec::<Vec<u64>>::deserialize(from)?.into_iter().map(row).collect())
    }
}

/// A number in single precision.
pub mod single {
    use serde::{Deserialize as _, Deserializer, Serializer};

    /// Writes the bits.
    pub fn serialize<S: Serializer>(value: &f32, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(value.to_bits())
    }

    /// Reads the bits.
    pub fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<f32, D::Error> {
        Ok(f32::from_bits(u32::deserialize(from)?))
    }
}

/// A number in double precision.
pub mod double {
    use serde::{Deserialize as _, Deserializer, Serializer};

    /// Writes the bits.
    pub fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(value.to_bits())
    }

    /// Reads the bits.
    pub fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<f64, D::Error> {
        Ok(f64::from_bits(u64::deserialize(from)?))
    }
}
