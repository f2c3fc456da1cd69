//! Shapes of labels in images and point clouds.

use serde::{Deserialize, Serialize};

use crate::data::geometry::box2::Box2;

/// A rotated box, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnedBox {
    /// Its middle, x to the right and y down.
    pub center: [f32; 2],
    /// Width and height along its own axes.
    pub size: [f32; 2],
    /// Rotation in radians from x towards y: clockwise on the screen.
    pub angle: f32,
}

impl TurnedBox {
    /// Its corners in order, beginning at the upper left corner before rotation.
    pub fn corners(&self) -> [[f32; 2]; 4] {
        let (sin, cos) = (libm::sinf(self.angle), libm::cosf(self.angle));
        let (w, h) = (self.size[0] / 2.0, self.size[1] / 2.0);
        [(-w, -h), (w, -h), (w, h), (-w, h)]
            .map(|(x, y)| [self.center[0] + x * cos - y * sin, self.center[1] + x * sin + y * cos])
    }

    /// The box with these corners, in order.
    pub fn from_corners(corners: &[[f32; 2]; 4]) -> Self {
        let length = |a: [f32; 2], b: [f32; 2]| libm::hypotf(b[0] - a[0], b[1] - a[1]);
        let mean = |axis: usize| corners.iter().map(|corner| corner[axis]).sum::<f32>() / 4.0;
        let [a, b, c, d] = *corners;
        Self {
            center: [mean(0), mean(1)],
            size: [f32::midpoint(length(a, b), length(d, c)), f32::midpoint(length(b, c), length(a, d))],
            angle: libm::atan2f(b[1] - a[1], b[0] - a[0]),
        }
    }
}

/// One keypoint of an object.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Keypoint {
    /// Pixels to the right.
    pub x: f32,
    /// Pixels down.
    pub y: f32,
    /// Visibility as in COCO: 0 not labeled, 1 hidden, 2 visible.
    pub seen: u8,
}

/// Pixel mask of an object, run-length encoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mask {
    /// Width and height of the image in pixels.
    pub size: [u32; 2],
    /// Lengths of runs down the columns, from the upper left corner: background, object, and so on, as in
    /// COCO's uncompressed form.
    pub runs: Vec<u32>,
}

impl Mask {
    /// Pixels of the object.
    pub fn area(&self) -> u64 {
        self.runs.iter().skip(1).step_by(2).map(|run| u64::from(*run)).sum()
    }

    /// The box around the pixels; empty if there are none.
    pub fn bounds(&self) -> Box2 {
        let height = u64::from(self.size[1].max(1));
        let (mut from, mut found) = (0_u64, None::<[u64; 4]>);
        for (i, run) in self.runs.iter().enumerate() {
            let to = from + u64::from(*run);
            if i % 2 == 1 && to > from {
                let (x0, x1) = (from / height, (to - 1) / height);
                // A run over a column's end touches the first and the last row.
                let (y0, y1) = if x0 == x1 { (from % height, (to - 1) % height) } else { (0, height - 1) };
                let b = found.get_or_insert([x0, y0, x1, y1]);
                *b = [b[0].min(x0), b[1].min(y0), b[2].max(x1), b[3].max(y1)];
            }
            from = to;
        }
        found.map_or_else(Box2::default, |[x0, y0, x1, y1]| Box2 {
            x0: x0 as f32,
            y0: y0 as f32,
            x1: (x1 + 1) as f32,
            y1: (y1 + 1) as f32,
        })
    }

    /// True if the runs cover the image exactly.
    pub fn valid(&self) -> bool {
        let pixels = u64::from(self.size[0]) * u64::from(self.size[1]);
        self.runs.iter().map(|run| u64::from(*run)).sum::<u64>() == pixels
    }
}

/// A cuboid with nine degrees of freedom.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Center in the frame of the channel, meters.
    pub center: [f64; 3],
    /// Length along its own x, width along y, height along z, meters.
    pub size: [f64; 3],
    /// Rotation from its own axes to those of the channel: a unit quaternion x, y, z, w.
    pub rotation: [f64; 4],
}

impl Block {
    /// An upright cuboid rotated by `yaw` radians from x towards y.
    pub fn upright(center: [f64; 3], size: [f64; 3], yaw: f64) -> Self {
        Self { center, size, rotation: [0.0, 0.0, libm::sin(yaw / 2.0), libm::cos(yaw / 2.0)] }
    }

    /// Heading of its length seen from above: radians from x towards y.
    pub fn yaw(&self) -> f64 {
        let [x, y, z, w] = self.rotation;
        libm::atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
    }

    /// Roll, pitch and yaw in radians: rotated first about x, then y, then z of the channel's axes (ZYX).
    pub fn angles(&self) -> [f64; 3] {
        let [x, y, z, w] = self.rotation;
        let roll = libm::atan2(2.0 * (w * x + y * z), 1.0 - 2.0 * (x * x + y * y));
        let pitch = libm::asin((2.0 * (w * y - z * x)).clamp(-1.0, 1.0));
        [roll, pitch, self.yaw()]
    }

    /// Inverse of [`Self::angles`].
    pub fn turned([roll, pitch, yaw]: [f64; 3]) -> [f64; 4] {
        let half = |angle: f64| (libm::sin(angle / 2.0), libm::cos(angle / 2.0));
        let ((sr, cr), (sp, cp), (sy, cy)) = (half(roll), half(pitch), half(yaw));
        [
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
            cr * cp * cy + sr * sp * sy,
        ]
    }

    /// True if a point lies inside, or within `slack` meters of a side.
    pub fn contains(&self, point: [f64; 3], slack: f64) -> bool {
        let back = glam::DQuat::from_array(self.rotation).inverse();
        let own = back * (glam::DVec3::from(point) - glam::DVec3::from(self.center));
        (0..3).all(|axis| own[axis].abs() <= self.size[axis] / 2.0 + slack)
    }

    /// Moved along its own axes by this many meters, and rotated about its own upright axis by `yaw` radians.
    pub fn nudged(&self, by: [f64; 3], yaw: f64) -> Self {
        let own = glam::DQuat::from_array(self.rotation);
        let center = glam::DVec3::from(self.center) + own * glam::DVec3::from(by);
        let rotation = (own * glam::DQuat::from_rotation_z(yaw)).normalize();
        Self { center: center.to_array(), rotation: rotation.to_array(), ..*self }
    }

    /// The eight corners in the frame of the channel.
    pub fn corners(&self) -> [[f64; 3]; 8] {
        let rotation = glam::DQuat::from_array(self.rotation);
        let (center, half) = (glam::DVec3::from(self.center), glam::DVec3::from(self.size) / 2.0);
        std::array::from_fn(|i| {
            let sign = |bit: usize| if i >> bit & 1 == 1 { 1.0 } else { -1.0 };
            (center + rotation * (half * glam::DVec3::new(sign(0), sign(1), sign(2)))).to_array()
        })
    }
}

/// One of several shapes of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Name of the part, such as `"head"`; "" for a part of the object itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The shape, never [`Shape::Parts`] or [`Shape::Whole`].
    pub shape: Shape,
    /// True if it is cut out of the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hole: bool,
}

impl From<Shape> for Part {
    fn from(shape: Shape) -> Self {
        Self { name: String::new(), shape, hole: false }
    }
}

/// Shape of an object in one sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// An axis-aligned box in pixels.
    Box(Box2),
    /// A rotated box in pixels.
    TurnedBox(TurnedBox),
    /// A closed polygon in pixels, corners in order.
    Polygon(Vec<[f32; 2]>),
    /// An open polyline in pixels.
    Polyline(Vec<[f32; 2]>),
    /// Keypoints in pixels, in the order of their names in the class.
    Keypoints(Vec<Keypoint>),
    /// A pixel mask.
    Mask(Box<Mask>),
    /// A cuboid.
    Cuboid(Box<Block>),
    /// The whole sample: a classification label.
    Whole,
    /// Several shapes of one object: the visible parts of an occluded car, the box and the keypoints of a person. At
    /// least two, or one that is named.
    Parts(Vec<Part>),
}

/// Kinds of shape, for the abilities of formats and tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShapeKind {
    /// [`Shape::Box`].
    Box,
    /// [`Shape::TurnedBox`].
    TurnedBox,
    /// [`Shape::Polygon`].
    Polygon,
    /// [`Shape::Polyline`].
    Polyline,
    /// [`Shape::Keypoints`].
    Keypoints,
    /// [`Shape::Mask`].
    Mask,
    /// [`Shape::Cuboid`].
    Cuboid,
    /// [`Shape::Whole`].
    Whole,
    /// [`Shape::Parts`].
    Parts,
}

impl ShapeKind {
    /// Every kind, in listing order.
    pub const ALL: [Self; 9] = [
        Self::Box,
        Self::TurnedBox,
        Self::Polygon,
        Self::Polyline,
        Self::Keypoints,
        Self::Mask,
        Self::Cuboid,
        Self::Whole,
        Self::Parts,
    ];

    /// Plural name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Box => "boxes",
            Self::TurnedBox => "rotated boxes",
            Self::Polygon => "polygons",
            Self::Polyline => "polylines",
            Self::Keypoints => "keypoints",
            Self::Mask => "masks",
            Self::Cuboid => "cuboids",
            Self::Whole => "image classifications",
            Self::Parts => "objects of several shapes",
        }
    }
}

impl Shape {
    /// Corners of the closed outline in pixels; empty for shapes without one.
    pub fn outline(&self) -> Vec<[f32; 2]> {
        match self {
            Self::Box(b) => vec![[b.x0, b.y0], [b.x1, b.y0], [b.x1, b.y1], [b.x0, b.y1]],
            Self::TurnedBox(b) => b.corners().to_vec(),
            Self::Polygon(corners) => corners.clone(),
            Self::Polyline(_)
            | Self::Keypoints(_)
            | Self::Mask(_)
            | Self::Cuboid(_)
            | Self::Whole
            | Self::Parts(_) => Vec::new(),
        }
    }

    /// An object of these shapes: the shape itself if it is a single one without a name, `None` without any.
    pub fn of_parts(mut parts: Vec<Part>) -> Option<Self> {
        match parts.as_slice() {
            [] => None,
            [only] if only.name.is_empty() && !only.hole => parts.pop().map(|only| only.shape),
            _ => Some(Self::Parts(parts)),
        }
    }

    /// Its shapes one by one: those of an object of several, else the shape itself.
    pub fn shapes(&self) -> impl Iterator<Item = &Self> {
        let (parts, own) =
            if let Self::Parts(parts) = self { (parts.as_slice(), None) } else { (&[][..], Some(self)) };
        parts.iter().map(|part| &part.shape).chain(own)
    }

    /// The parts of an object, holes among them; a single shape is its only part.
    pub fn into_parts(self) -> Vec<Part> {
        if let Self::Parts(parts) = self { parts } else { vec![Part::from(self)] }
    }

    /// Kind of the shape.
    pub fn kind(&self) -> ShapeKind {
        match self {
            Self::Box(_) => ShapeKind::Box,
            Self::TurnedBox(_) => ShapeKind::TurnedBox,
            Self::Polygon(_) => ShapeKind::Polygon,
            Self::Polyline(_) => ShapeKind::Polyline,
            Self::Keypoints(_) => ShapeKind::Keypoints,
            Self::Mask(_) => ShapeKind::Mask,
            Self::Cuboid(_) => ShapeKind::Cuboid,
            Self::Whole => ShapeKind::Whole,
            Self::Parts(_) => ShapeKind::Parts,
        }
    }

    /// True if every number is finite and the shape covers something.
    pub fn valid(&self) -> bool {
        let finite = |points: &[[f32; 2]]| points.iter().flatten().all(|number| number.is_finite());
        match self {
            Self::Box(b) => b.valid(),
            Self::TurnedBox(b) => {
                finite(&[b.center, b.size, [b.angle, 0.0]]) && b.size[0] > 0.0 && b.size[1] > 0.0
            }
            Self::Polygon(points) => points.len() >= 3 && finite(points),
            Self::Polyline(points) => points.len() >= 2 && finite(points),
            Self::Keypoints(points) => {
                !points.is_empty() && points.iter().all(|point| point.x.is_finite() && point.y.is_finite())
            }
            Self::Mask(mask) => mask.valid(),
            Self::Cuboid(block) => {
                let numbers = block.center.iter().chain(&block.size).chain(&block.rotation);
                numbers.clone().all(|number| number.is_finite()) && block.size.iter().all(|side| *side > 0.0)
            }
            Self::Whole => true,
            Self::Parts(parts) => {
                let single = |part: &Part| !matches!(part.shape, Self::Parts(_) | Self::Whole);
                parts.iter().any(|part| !part.hole)
                    && parts.iter().all(|part| single(part) && part.shape.valid())
            }
        }
    }
}
