//! Point clouds of lidars, radars and depth cameras.

/// One more value per point: intensity, ring, time.
#[derive(Clone, Debug, PartialEq)]
pub struct PointField {
    /// Name in the recording.
    pub name: String,
    /// One value per point.
    pub values: Vec<f32>,
}

/// A point cloud; points without a finite position have been left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointCloud {
    /// The coordinate frame of the positions.
    pub frame: String,
    /// Meters; x, y, z in `frame`.
    pub positions: Vec<[f32; 3]>,
    /// Further values of each point.
    pub fields: Vec<PointField>,
}

impl PointCloud {
    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<&[f32]> {
        self.fields.iter().find(|field| field.name == name).map(|field| field.values.as_slice())
    }

    /// The points whose position is `wanted`, with all of their fields.
    pub fn picked(&self, wanted: impl Fn([f32; 3]) -> bool) -> Self {
        let picked: Vec<usize> = (0..self.positions.len()).filter(|i| wanted(self.positions[*i])).collect();
        let fields = self.fields.iter().map(|field| PointField {
            name: field.name.clone(),
            values: picked.iter().map(|i| field.values[*i]).collect(),
        });
        Self {
            frame: self.frame.clone(),
            positions: picked.iter().map(|i| self.positions[*i]).collect(),
            fields: fields.collect(),
        }
    }

    /// Size in bytes, for caches.
    pub fn bytes(&self) -> usize {
        self.positions.len() * (12 + 4 * self.fields.len())
    }
}
