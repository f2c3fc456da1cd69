//! Rendering of inputs as images: images as they are, point clouds from above with boxes, signals as lines,
//! text as a page.

use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::points::PointCloud;
use crate::data::geometry::shape::Shape;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::prediction::Prediction;

pub(super) mod page;
mod plot;

/// View of an input. The original and the transformed input share one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Look {
    /// As it is; other inputs are drawn as an image.
    Picture,
    /// From above: distance in meters from the sensor to each edge.
    Above {
        /// Distance in meters.
        reach: f32,
    },
}

/// Side of an image from above in pixels.
const SIDE: u32 = 640;
/// Fraction of the points that fit into an image from above; the rest is far away.
const SHOWN: f64 = 0.97;
/// Background color.
const GROUND: [u8; 3] = [17, 20, 26];
/// Color of distance rings.
const RING: [u8; 3] = [46, 52, 64];
/// Color of the sensor and its forward direction.
const SENSOR: [u8; 3] = [230, 230, 235];
/// Meters between rings.
const RINGS: f32 = 10.0;
/// Heights of the coolest and warmest color, meters above the sensor.
const HEIGHTS: [f32; 2] = [-2.5, 2.0];
/// From low to high: dark blue, teal, green, yellow.
const RAMP: [[u8; 3]; 4] = [[104, 122, 224], [60, 172, 190], [110, 214, 120], [253, 231, 60]];

impl Look {
    /// View of this input and its transforms.
    pub fn of(input: &Input) -> Self {
        match input {
            Input::Image(_) | Input::Window(_) | Input::Text(_) => Self::Picture,
            Input::Points(cloud) => Self::Above { reach: reach(cloud) },
        }
    }

    /// Image of an input.
    pub fn draw(self, input: &Input) -> Image {
        match (self, input) {
            (_, Input::Image(image)) => image.clone(),
            (Self::Above { reach }, Input::Points(cloud)) => drawn(cloud, reach),
            (Self::Picture, Input::Points(cloud)) => drawn(cloud, reach(cloud)),
            (_, Input::Window(window)) => window.picture().cloned().unwrap_or_else(|| plot::drawn(window)),
            (_, Input::Text(text)) => page::drawn(text),
        }
    }

    /// A prediction with its boxes in pixels of that image.
    pub fn place(self, answer: &Prediction) -> Prediction {
        match (self, answer) {
            (Self::Above { reach }, Prediction::Objects { objects }) => {
                let objects = objects.iter().map(|object| Detection {
                    bbox: to_pixels(object.solid.map_or(object.bbox, |solid| solid.outline()), reach),
                    ..object.clone()
                });
                Prediction::Objects { objects: objects.collect() }
            }
            _ => answer.clone(),
        }
    }

    /// A shape in pixels of that image: of a cuboid its footprint from above.
    pub fn shape(self, shape: &Shape) -> Shape {
        let (Self::Above { reach }, Shape::Cuboid(block)) = (self, shape) else { return shape.clone() };
        let (sin, cos) = (libm::sin(block.yaw()), libm::cos(block.yaw()));
        let [l, w] = [block.size[0] / 2.0, block.size[1] / 2.0];
        let corner = |(x, y): (f64, f64)| {
            let at = (block.center[0] + x * cos - y * sin, block.center[1] + x * sin + y * cos);
            pixel(at.0 as f32, at.1 as f32, reach).into()
        };
        Shape::Polygon([(l, w), (-l, w), (-l, -w), (l, -w)].map(corner).to_vec())
    }

    /// Corners of an object's outline in pixels, for objects with a cuboid.
    pub fn outline(self, object: &Detection) -> Option<[(f32, f32); 4]> {
        let (Self::Above { reach }, Some(solid)) = (self, object.solid) else { return None };
        Some(solid.corners().map(|(x, y)| pixel(x, y, reach)))
    }
}

/// Distance in meters that contains most of the points, in full tens.
fn reach(cloud: &PointCloud) -> f32 {
    let mut far: Vec<f32> = cloud.positions.iter().map(|[x, y, _]| x.abs().max(y.abs())).collect();
    if far.is_empty() {
        return 40.0;
    }
    let at = ((far.len() - 1) as f64 * SHOWN) as usize;
    let (_, most, _) = far.select_nth_unstable_by(at, f32::total_cmp);
    ((*most / RINGS).ceil() * RINGS).clamp(20.0, 120.0)
}

/// Pixel of a position: forward is up, left is left.
fn pixel(x: f32, y: f32, reach: f32) -> (f32, f32) {
    let middle = SIDE as f32 / 2.0;
    (middle - y / reach * middle, middle - x / reach * middle)
}

fn to_pixels(meters: Box2, reach: f32) -> Box2 {
    Box2::between(pixel(meters.x0, meters.y0, reach), pixel(meters.x1, meters.y1, reach))
}

fn drawn(cloud: &PointCloud, reach: f32) -> Image {
    let mut image = Image::filled(SIDE, SIDE, GROUND);
    let pixels = image.pixels_mut();
    let mut dot = |x: f32, y: f32, color: [u8; 3]| {
        if x >= 0.0 && y >= 0.0 && x < SIDE as f32 && y < SIDE as f32 {
            let at = (y as usize * SIDE as usize + x as usize) * 3;
            pixels[at..at + 3].copy_from_slice(&color);
        }
    };
    let rings = (reach / RINGS) as u32;
    for ring in 1..=rings {
        let radius = ring as f32 * RINGS;
        let steps = (radius / reach * SIDE as f32 * 4.0) as u32;
        for step in 0..steps {
            let angle = step as f32 / steps as f32 * std::f32::consts::TAU;
            let (x, y) = pixel(radius * libm::cosf(angle), radius * libm::sinf(angle), reach);
            dot(x, y, RING);
        }
    }
    // The higher of two points is seen from above.
    let mut order: Vec<u32> = (0..cloud.positions.len() as u32).collect();
    order.sort_by(|a, b| cloud.positions[*a as usize][2].total_cmp(&cloud.positions[*b as usize][2]));
    for i in order {
        let [x, y, z] = cloud.positions[i as usize];
        let (px, py) = pixel(x, y, reach);
        let color = ramp((z - HEIGHTS[0]) / (HEIGHTS[1] - HEIGHTS[0]));
        // Two by two pixels, so that a point remains visible when the image is reduced.
        for (right, down) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            dot(px + right, py + down, color);
        }
    }
    let (middle_x, middle_y) = pixel(0.0, 0.0, reach);
    for step in 0..9 {
        let along = step as f32;
        for side in [-1.0, 1.0] {
            dot(middle_x + side * along * 0.5, middle_y - 8.0 + along, SENSOR);
        }
    }
    image
}

fn ramp(part: f32) -> [u8; 3] {
    let at = part.clamp(0.0, 1.0) * (RAMP.len() - 1) as f32;
    let low = (at as usize).min(RAMP.len() - 2);
    let rest = at - low as f32;
    std::array::from_fn(|c| {
        let (a, b) = (f32::from(RAMP[low][c]), f32::from(RAMP[low + 1][c]));
        (a + (b - a) * rest).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::geometry::solid::Solid;

    #[test]
    fn boxes_lie_over_their_points() {
        let cloud =
            PointCloud { positions: vec![[20.0, 5.0, 1.0], [35.0, -30.0, 0.0]], ..PointCloud::default() };
        let input = Input::from(cloud);
        let look = Look::of(&input);
        let picture = look.draw(&input);
        let solid = Solid { center: [20.0, 5.0, 1.0], size: [4.0, 2.0, 1.5], yaw: 0.0 };
        let seen = Prediction::Objects { objects: vec![Detection::upright("car".to_owned(), 0.9, solid)] };
        let Prediction::Objects { objects } = look.place(&seen) else { panic!("objects stay objects") };
        let (x, y) = objects[0].bbox.center();
        assert_eq!(picture.pixel(x as u32, y as u32), Some(ramp((1.0 + 2.5) / 4.5)));
        // Forward is up, left is left.
        assert!(y < SIDE as f32 / 2.0 && x < SIDE as f32 / 2.0);
    }
}
