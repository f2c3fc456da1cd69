//! Media of stacks: images, points, signals, texts, windows of these, and the regions of them that a stack transforms.

use std::sync::Arc;

use crate::base::rng::Rng;
use crate::data::cases::stack::{Region, Stack, TransformSpec};
use crate::data::depth::Depth;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::points::PointCloud;
use crate::data::geometry::solid::Solid;
use crate::data::image::Image;
use crate::data::input::{Input, Medium};
use crate::data::prediction::{Expected, Prediction};
use crate::data::time::signals::Signals;
use crate::data::time::window::Window;
use crate::transforms::catalog::Catalog;
use crate::transforms::entry::{StackError, make};
use crate::transforms::error::PaintError;
use crate::transforms::{Made, PointTransform, Transform};

/// An input that transforms can change.
pub trait Transformable: Clone {
    /// Medium of its transforms.
    fn medium(&self) -> Medium;
    /// Applies one transform; one of another medium is an error.
    fn change(&mut self, catalog: &Catalog, spec: &TransformSpec, seed: u64) -> Result<(), StackError>;
    /// The input of the transforms of a stack: all of it, or the region of the stack.
    fn begun(&self, stack: &Stack) -> Self;
    /// The whole input with the transformed region.
    fn finished(&self, stack: &Stack, changed: Self) -> Self;
}

fn wrong(spec: &TransformSpec, changes: Medium, given: Medium) -> StackError {
    StackError::WrongMedium {
        transform: spec.transform.clone(),
        changes: changes.title(),
        given: given.title(),
    }
}

impl Made {
    /// Medium that is changed.
    pub fn medium(&self) -> Medium {
        match self {
            Self::Image(_) => Medium::Image,
            Self::Points(_) => Medium::Points,
            Self::Signals(_) => Medium::Signals,
            Self::Text(_) => Medium::Text,
        }
    }
}

fn change_picture(
    catalog: &Catalog,
    transform: &dyn Transform,
    spec: &TransformSpec,
    image: &mut Image,
    seed: u64,
) -> Result<(), StackError> {
    let named = |source| StackError::Failed { transform: spec.transform.clone(), source };
    let moves = catalog.kind(&spec.transform).is_some_and(|kind| kind.geometric);
    let depth = match image.depth().filter(|_| moves) {
        Some(depth) => moved_depth(transform, depth, image.size(), seed).map_err(named)?,
        None => None,
    };
    transform.try_apply(image, seed).map_err(named)?;
    if moves && image.depth().is_some() {
        *image = image.clone().with_depth(depth);
    }
    Ok(())
}

/// Depth maps moved like an image: as gray values that blend well, beside a white mask of known values.
fn moved_depth(
    transform: &dyn Transform,
    depth: &Depth,
    size: (u32, u32),
    seed: u64,
) -> Result<Option<Depth>, PaintError> {
    /// Meters of the middle gray value; one level is about a tenth of a meter nearby and some meters at the end.
    const MIDDLE: f32 = 30.0;
    let (width, height) = (size.0 as usize, size.1 as usize);
    let pixel = |i: usize| match depth.at((i % width) as f64 + 0.5, (i / width) as f64 + 0.5, size) {
        Some(meters) => [(255.0 * MIDDLE / (MIDDLE + meters)).round() as u8, 255, 255],
        None => [0; 3],
    };
    let Some(mut map) = Image::from_rgb(size.0, size.1, (0..width * height).flat_map(pixel).collect()) else {
        return Ok(None);
    };
    transform.try_apply(&mut map, seed)?;
    let meters: Vec<f32> = map
        .pixels()
        .as_chunks::<3>()
        .0
        .iter()
        .map(|[gray, known, _]| match (*gray, *known) {
            (1.., 255) => MIDDLE * 255.0 / f32::from(*gray) - MIDDLE,
            _ => 0.0,
        })
        .collect();
    Ok(Depth::from_meters(map.width(), map.height(), &meters))
}

impl Transformable for Image {
    fn medium(&self) -> Medium {
        Medium::Image
    }

    fn change(&mut self, catalog: &Catalog, spec: &TransformSpec, seed: u64) -> Result<(), StackError> {
        match make(catalog, spec)? {
            Made::Image(transform) => change_picture(catalog, &*transform, spec, self, seed),
            other @ (Made::Points(_) | Made::Signals(_) | Made::Text(_)) => {
                Err(wrong(spec, other.medium(), Medium::Image))
            }
        }
    }

    fn begun(&self, _stack: &Stack) -> Self {
        self.clone()
    }

    fn finished(&self, stack: &Stack, changed: Self) -> Self {
        match stack.region {
            Some(region) => within(region, self, &changed),
            None => changed,
        }
    }
}

/// The original with the changed image in a part of it.
fn within(region: Region, original: &Image, changed: &Image) -> Image {
    let ([left, right], [top, bottom]) = region.pixels(original.size());
    let mut result = original.clone();
    if left >= right || original.size() != changed.size() {
        return result;
    }
    let stride = original.width() as usize * 3;
    let rows = result.pixels_mut().chunks_exact_mut(stride).zip(changed.pixels().chunks_exact(stride));
    for (target, source) in rows.take(bottom).skip(top) {
        target[left * 3..right * 3].copy_from_slice(&source[left * 3..right * 3]);
    }
    result
}

impl Transformable for PointCloud {
    fn medium(&self) -> Medium {
        Medium::Points
    }

    fn change(&mut self, catalog: &Catalog, spec: &TransformSpec, seed: u64) -> Result<(), StackError> {
        match make(catalog, spec)? {
            Made::Points(transform) => transform.apply(self, seed),
            other @ (Made::Image(_) | Made::Signals(_) | Made::Text(_)) => {
                return Err(wrong(spec, other.medium(), Medium::Points));
            }
        }
        Ok(())
    }

    /// The points of the object in its own frame, so that rotation and scaling are about its center.
    fn begun(&self, stack: &Stack) -> Self {
        let Some(object) = stack.object else { return self.clone() };
        let mut part = self.picked(|position| object.contains(position));
        for position in &mut part.positions {
            *position = object.inward(*position);
        }
        part
    }

    /// The points beside the object, then those of it.
    fn finished(&self, stack: &Stack, changed: Self) -> Self {
        let Some(object) = stack.object else { return changed };
        if changed == self.begun(stack) {
            return self.clone();
        }
        let mut whole = self.picked(|position| !object.contains(position));
        whole.positions.extend(changed.positions.iter().map(|position| object.outward(*position)));
        for (field, more) in whole.fields.iter_mut().zip(changed.fields) {
            field.values.extend(more.values);
        }
        whole
    }
}

impl Transformable for Signals {
    fn medium(&self) -> Medium {
        Medium::Signals
    }

    fn change(&mut self, catalog: &Catalog, spec: &TransformSpec, seed: u64) -> Result<(), StackError> {
        match make(catalog, spec)? {
            Made::Signals(transform) => transform.apply(self, seed),
            other @ (Made::Image(_) | Made::Points(_) | Made::Text(_)) => {
                return Err(wrong(spec, other.medium(), Medium::Signals));
            }
        }
        Ok(())
    }

    fn begun(&self, _stack: &Stack) -> Self {
        self.clone()
    }

    fn finished(&self, _stack: &Stack, changed: Self) -> Self {
        changed
    }
}

impl Transformable for Arc<str> {
    fn medium(&self) -> Medium {
        Medium::Text
    }

    fn change(&mut self, catalog: &Catalog, spec: &TransformSpec, seed: u64) -> Result<(), StackError> {
        match make(catalog, spec)? {
            Made::Text(transform) => *self = transform.apply(self, seed).into(),
            other @ (Made::Image(_) | Made::Points(_) | Made::Signals(_)) => {
                return Err(wrong(spec, other.medium(), Medium::Text));
            }
        }
        Ok(())
    }

    fn begun(&self, _stack: &Stack) -> Self {
        Self::clone(self)
    }

    fn finished(&self, _stack: &Stack, changed: Self) -> Self {
        changed
    }
}

impl Transformable for Window {
    fn medium(&self) -> Medium {
        if self.frames.is_empty() { Medium::Signals } else { Medium::Image }
    }

    /// Transforms all frames or the signals. Falling or flickering effects differ in each frame, effects on the lens stay
    /// in place; the latest frame is transformed as if it were alone.
    fn change(&mut self, catalog: &Catalog, spec: &TransformSpec, seed: u64) -> Result<(), StackError> {
        match make(catalog, spec)? {
            Made::Image(transform) if !self.frames.is_empty() => {
                let anew = transform.differs_by_frame();
                for (back, (_, image)) in self.frames.iter_mut().rev().enumerate() {
                    let own = if anew && back > 0 { Rng::split(seed, back as u64).at(0) } else { seed };
                    change_picture(catalog, &*transform, spec, image, own)?;
                }
            }
            Made::Signals(transform) if !self.signals.series.is_empty() => {
                transform.apply(&mut self.signals, seed);
            }
            other @ (Made::Image(_) | Made::Points(_) | Made::Signals(_) | Made::Text(_)) => {
                return Err(wrong(spec, other.medium(), self.medium()));
            }
        }
        Ok(())
    }

    fn begun(&self, _stack: &Stack) -> Self {
        self.clone()
    }

    fn finished(&self, stack: &Stack, changed: Self) -> Self {
        let Some(region) = stack.region else { return changed };
        let both = self.frames.iter().zip(changed.frames);
        let frames = both.map(|((time, image), (_, changed))| (*time, within(region, image, &changed)));
        Self { frames: frames.collect(), ..changed }
    }
}

impl Transformable for Input {
    fn medium(&self) -> Medium {
        Self::medium(self)
    }

    fn change(&mut self, catalog: &Catalog, spec: &TransformSpec, seed: u64) -> Result<(), StackError> {
        match self {
            Self::Image(image) => image.change(catalog, spec, seed),
            Self::Points(cloud) => Arc::make_mut(cloud).change(catalog, spec, seed),
            Self::Window(window) => Arc::make_mut(window).change(catalog, spec, seed),
            Self::Text(text) => text.change(catalog, spec, seed),
        }
    }

    fn begun(&self, stack: &Stack) -> Self {
        match self {
            Self::Image(image) => Self::Image(image.begun(stack)),
            Self::Points(cloud) if stack.object.is_some() => Self::Points(Arc::new(cloud.begun(stack))),
            Self::Points(_) | Self::Window(_) | Self::Text(_) => self.clone(),
        }
    }

    fn finished(&self, stack: &Stack, changed: Self) -> Self {
        match (self, changed) {
            (Self::Image(image), Self::Image(changed)) => Self::Image(image.finished(stack, changed)),
            (Self::Points(cloud), Self::Points(changed)) if stack.object.is_some() => {
                Self::Points(Arc::new(cloud.finished(stack, Arc::unwrap_or_clone(changed))))
            }
            (Self::Window(window), Self::Window(changed)) if stack.region.is_some() => {
                Self::Window(Arc::new(window.finished(stack, Arc::unwrap_or_clone(changed))))
            }
            (_, changed) => changed,
        }
    }
}

/// Expectation of a transform of the points of one object: it applies to that object in the object's frame, and
/// the others stay.
pub(super) fn expected_of_points(
    object: Option<Solid>,
    transform: &dyn PointTransform,
    before: &Prediction,
) -> Expected {
    let (Some(object), Prediction::Objects { objects }) = (object, before) else {
        return transform.expect(before);
    };
    let (meant, others): (Vec<Detection>, Vec<Detection>) = objects
        .iter()
        .cloned()
        .partition(|other| other.solid.is_some_and(|solid| object.contains(solid.center)));
    let seen_from = |detection: Detection, center: &dyn Fn(Solid) -> Solid| match detection.solid {
        Some(solid) => Detection::upright(detection.class, detection.score, center(solid)),
        None => detection,
    };
    let inward =
        |solid: Solid| Solid { center: object.inward(solid.center), yaw: solid.yaw - object.yaw, ..solid };
    let outward =
        |solid: Solid| Solid { center: object.outward(solid.center), yaw: solid.yaw + object.yaw, ..solid };
    let meant = meant.into_iter().map(|detection| seen_from(detection, &inward)).collect();
    match transform.expect(&Prediction::Objects { objects: meant }) {
        Expected::Answer(Prediction::Objects { objects: moved }) => {
            let moved = moved.into_iter().map(|detection| seen_from(detection, &outward));
            Expected::Answer(Prediction::Objects { objects: others.into_iter().chain(moved).collect() })
        }
        other @ (Expected::Same | Expected::Answer(_) | Expected::Unknown(_)) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Time;
    use crate::transforms::catalog::BUILT_IN;

    #[test]
    fn what_falls_or_flickers_is_another_in_each_frame_of_a_window() {
        let image = Image::from_rgb(32, 24, (0..32 * 24 * 3).map(|i| (i % 251) as u8).collect()).unwrap();
        let check = |transform: &str, expected: bool| {
            let frames = vec![(Time(0), image.clone()), (Time(1), image.clone())];
            let mut window = Window { at: Time(1), frames, signals: Signals::default() };
            window.change(&BUILT_IN, &TransformSpec::new(transform), 7).unwrap();
            let [(_, before), (_, latest)] = &window.frames[..] else { panic!("two frames") };
            assert_eq!(before != latest, expected, "{transform}");
            let mut alone = image.clone();
            alone.change(&BUILT_IN, &TransformSpec::new(transform), 7).unwrap();
            assert_eq!(*latest, alone, "{transform}");
        };
        check("gaussian_noise", true);
        check("rain", true);
        check("snow", true);
        check("frost", false);
        check("brightness", false);
    }
}
