//! Stacks of published papers by name: the corruptions of ImageNet-C and the transforms of DeepTest at their severities.

use crate::base::rng::Rng;
use crate::data::cases::stack::Stack;
use crate::data::input::Medium;
use crate::transforms::catalog::BUILT_IN;
use crate::transforms::image::kernels::pixel::PIXEL;
use crate::transforms::stack;

/// A family of stacks of increasing severity.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Name on the command line and on screen.
    pub name: &'static str,
    /// Its source.
    pub family: Family,
    /// One stack for each severity, from 1, in the form of `stack::parse`. Lengths are in pixels of the family's
    /// images.
    levels: &'static [&'static str],
}

/// Source of presets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Hendrycks and Dietterich, "Benchmarking neural network robustness", ICLR 2019: images of 224 pixels.
    ImageNetC,
    /// The same for images of 32 pixels.
    CifarC,
    /// Tian et al., "`DeepTest`", ICSE 2018: images of 640 x 480 pixels, lengths unscaled.
    DeepTest,
    /// Dong et al., "Benchmarking robustness of 3D object detection to common corruptions", CVPR 2023: points.
    PointsC,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::ImageNetC, Self::CifarC, Self::DeepTest, Self::PointsC];

    /// Name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::ImageNetC => "ImageNet-C",
            Self::CifarC => "CIFAR-C",
            Self::DeepTest => "DeepTest",
            Self::PointsC => "Points (Dong et al.)",
        }
    }

    /// Side of the images that its lengths are made for; `None` if they are not scaled.
    fn side(self) -> Option<f64> {
        match self {
            Self::ImageNetC => Some(224.0),
            Self::CifarC => Some(32.0),
            Self::DeepTest | Self::PointsC => None,
        }
    }

    /// Medium of its stacks.
    pub fn medium(self) -> Medium {
        if self == Self::PointsC { Medium::Points } else { Medium::Image }
    }

    /// The presets of the family.
    pub fn presets(self) -> impl Iterator<Item = &'static Preset> {
        PRESETS.iter().filter(move |preset| preset.family == self)
    }

    /// The family of corruptions whose images are nearer in size: the tables for 224 pixels are far too strong on
    /// small images.
    pub fn corruptions_for(size: (u32, u32)) -> Self {
        if size.0.min(size.1) <= 84 { Self::CifarC } else { Self::ImageNetC }
    }
}

impl Preset {
    /// Number of severities.
    pub fn levels(&self) -> usize {
        self.levels.len()
    }

    /// The published stack of a severity, from 1, in the form of `stack::parse`.
    pub fn text(&self, level: usize) -> Option<&'static str> {
        self.levels.get(level.checked_sub(1)?).copied()
    }

    /// The stack of a severity, from 1, for images of this size.
    ///
    /// Scaling rule: lengths in pixels grow with the shorter side of the image, from 224 pixels of ImageNet-C or
    /// 32 of CIFAR-C; amounts of light, noise and fractions of the image stay as they are. The direction of a motion blur comes
    /// from the seed, up to 45 degrees to either side. `None` if there is no such severity.
    pub fn stack(&self, level: usize, size: (u32, u32), seed: u64) -> Option<Stack> {
        let text = self.text(level)?;
        let mut stack = stack::parse(&BUILT_IN, text, seed).ok()?;
        let scale = self.family.side().map_or(1.0, |side| f64::from(size.0.min(size.1)) / side);
        for entry in &mut stack.transforms {
            let kind = BUILT_IN.kind(&entry.transform)?;
            if (scale - 1.0).abs() > 1e-9 && kind.params.iter().any(|param| param.id == PIXEL.id) {
                entry.params.insert(PIXEL.id, PIXEL.clamp(scale));
            }
            if self.name == "motion_blur" {
                let degrees = 90.0 * Rng::split(seed, DIRECTION).unit() - 45.0;
                entry.params.insert("angle", degrees.round());
            }
        }
        Some(stack)
    }
}

/// Stream of the random direction of a motion blur, beside those of the transforms of a stack.
const DIRECTION: u64 = 1 << 32;

macro_rules! presets {
    ($($family:ident $name:literal [$($level:literal),* $(,)?])*) => {
        &[$(Preset { name: $name, family: Family::$family, levels: &[$($level),*] }),*]
    };
}

/// The preset called `name` of a family.
pub fn preset(family: Family, name: &str) -> Option<&'static Preset> {
    family.presets().find(|preset| preset.name == name)
}

/// Every preset.
///
/// Severities have the published parameters. The elastic deformation of ImageNet-C is that of Michaelis et al.,
/// "Benchmarking robustness in object detection", 2019. Frost is computed and not photographed, and the rain and fog of
/// `DeepTest`, which were drawn by hand, have names of their own, since they are computed in another way. `docs/presets.md`
/// compares all of them with their sources.
pub static PRESETS: &[Preset] = presets! {
    ImageNetC "gaussian_noise" ["gaussian_noise:20.4", "gaussian_noise:30.6", "gaussian_noise:45.9", "gaussian_noise:66.3", "gaussian_noise:96.9"]
    ImageNetC "shot_noise" ["shot_noise:1.667", "shot_noise:4", "shot_noise:8.333", "shot_noise:20", "shot_noise:33.333"]
    ImageNetC "impulse_noise" ["impulse_noise:3", "impulse_noise:6", "impulse_noise:9", "impulse_noise:17", "impulse_noise:27"]
    ImageNetC "speckle_noise" ["speckle_noise:0.15", "speckle_noise:0.2", "speckle_noise:0.35", "speckle_noise:0.45", "speckle_noise:0.6"]
    ImageNetC "gaussian_blur" ["gaussian_blur:1", "gaussian_blur:2", "gaussian_blur:3", "gaussian_blur:4", "gaussian_blur:6"]
    ImageNetC "defocus_blur" ["defocus_blur:3", "gaussian_blur:0.5;size=3,defocus_blur:4", "gaussian_blur:0.5;size=3,defocus_blur:6", "gaussian_blur:0.5;size=3,defocus_blur:8", "gaussian_blur:0.5;size=5,defocus_blur:10"]
    ImageNetC "glass_blur" ["glass_blur:reach=1;rounds=2;sigma=0.7;copied=1", "glass_blur:reach=2;rounds=1;sigma=0.9;copied=1", "glass_blur:reach=2;rounds=3;sigma=1;copied=1", "glass_blur:reach=3;rounds=2;sigma=1.1;copied=1", "glass_blur:reach=4;rounds=2;sigma=1.5;copied=1"]
    ImageNetC "motion_blur" ["motion_blur:21;sigma=3", "motion_blur:31;sigma=5", "motion_blur:31;sigma=8", "motion_blur:31;sigma=12", "motion_blur:41;sigma=15"]
    ImageNetC "zoom_blur" ["zoom_blur:11;step=1", "zoom_blur:15;step=1", "zoom_blur:20;step=2", "zoom_blur:24;step=2", "zoom_blur:30;step=3"]
    ImageNetC "snow" ["snow_c:1", "snow_c:2", "snow_c:3", "snow_c:4", "snow_c:5"]
    ImageNetC "frost" ["frost_c:1", "frost_c:2", "frost_c:3", "frost_c:4", "frost_c:5"]
    ImageNetC "fog" ["fog:0.5;roughness=0.6", "fog:0.6667;roughness=0.6", "fog:0.8333;roughness=0.55", "fog:0.88;roughness=0.55", "fog:1;roughness=0.5"]
    ImageNetC "spatter" ["spatter:1", "spatter:2", "spatter:3", "spatter:4", "spatter:5"]
    ImageNetC "brightness" ["brightness_hsv:0.1", "brightness_hsv:0.2", "brightness_hsv:0.3", "brightness_hsv:0.4", "brightness_hsv:0.5"]
    ImageNetC "contrast" ["contrast:gain=0.4;about_mean=1", "contrast:gain=0.3;about_mean=1", "contrast:gain=0.2;about_mean=1", "contrast:gain=0.1;about_mean=1", "contrast:gain=0.05;about_mean=1"]
    ImageNetC "saturate" ["saturation_hsv:0.3", "saturation_hsv:0.1", "saturation_hsv:2", "saturation_hsv:5;offset=0.1", "saturation_hsv:20;offset=0.2"]
    ImageNetC "elastic" ["elastic:shift=2.4;grain=8", "elastic:shift=3.1;grain=8", "elastic:shift=4;grain=8", "elastic:shift=4.8;grain=8", "elastic:shift=5.7;grain=8"]
    ImageNetC "pixelate" ["pixelate:1.666666;reduced=1", "pixelate:2;reduced=1", "pixelate:2.5;reduced=1", "pixelate:3.333333;reduced=1", "pixelate:4;reduced=1"]
    ImageNetC "jpeg" ["jpeg:75", "jpeg:82", "jpeg:85", "jpeg:90", "jpeg:93"]
    CifarC "gaussian_noise" ["gaussian_noise:10.2", "gaussian_noise:15.3", "gaussian_noise:20.4", "gaussian_noise:22.95", "gaussian_noise:25.5"]
    CifarC "shot_noise" ["shot_noise:0.2", "shot_noise:0.4", "shot_noise:1", "shot_noise:1.333", "shot_noise:2"]
    CifarC "impulse_noise" ["impulse_noise:1", "impulse_noise:2", "impulse_noise:3", "impulse_noise:5", "impulse_noise:7"]
    CifarC "speckle_noise" ["speckle_noise:0.06", "speckle_noise:0.1", "speckle_noise:0.12", "speckle_noise:0.16", "speckle_noise:0.2"]
    CifarC "gaussian_blur" ["gaussian_blur:0.4", "gaussian_blur:0.6", "gaussian_blur:0.7", "gaussian_blur:0.8", "gaussian_blur:1"]
    CifarC "defocus_blur" ["gaussian_blur:0.4;size=3", "gaussian_blur:0.5;size=3", "gaussian_blur:0.6;size=3", "defocus_blur:1", "defocus_blur:1.5"]
    CifarC "glass_blur" ["glass_blur:reach=1;rounds=1;sigma=0.05;copied=1", "glass_blur:reach=1;rounds=1;sigma=0.3;copied=1", "glass_blur:reach=1;rounds=1;sigma=0.4;copied=1", "glass_blur:reach=1;rounds=2;sigma=0.25;copied=1", "glass_blur:reach=1;rounds=2;sigma=0.4;copied=1"]
    CifarC "motion_blur" ["motion_blur:13;sigma=1", "motion_blur:13;sigma=1.5", "motion_blur:13;sigma=2", "motion_blur:17;sigma=2.1", "motion_blur:19;sigma=2.5"]
    CifarC "zoom_blur" ["zoom_blur:6;step=1", "zoom_blur:11;step=1", "zoom_blur:15;step=1", "zoom_blur:20;step=1", "zoom_blur:25;step=1"]
    CifarC "snow" ["snow_c:1;cifar=1", "snow_c:2;cifar=1", "snow_c:3;cifar=1", "snow_c:4;cifar=1", "snow_c:5;cifar=1"]
    CifarC "frost" ["frost_c:1;cifar=1", "frost_c:2;cifar=1", "frost_c:3;cifar=1", "frost_c:4;cifar=1", "frost_c:5;cifar=1"]
    CifarC "fog" ["fog:0.0667;roughness=0.6", "fog:0.1667;roughness=0.6", "fog:0.25;roughness=0.6", "fog:0.3333;roughness=0.6", "fog:0.5;roughness=0.6"]
    CifarC "spatter" ["spatter:1;cifar=1", "spatter:2;cifar=1", "spatter:3;cifar=1", "spatter:4;cifar=1", "spatter:5;cifar=1"]
    CifarC "brightness" ["brightness_hsv:0.05", "brightness_hsv:0.1", "brightness_hsv:0.15", "brightness_hsv:0.2", "brightness_hsv:0.3"]
    CifarC "contrast" ["contrast:gain=0.75;about_mean=1", "contrast:gain=0.5;about_mean=1", "contrast:gain=0.4;about_mean=1", "contrast:gain=0.3;about_mean=1", "contrast:gain=0.15;about_mean=1"]
    CifarC "saturate" ["saturation_hsv:0.3", "saturation_hsv:0.1", "saturation_hsv:1.5", "saturation_hsv:2;offset=0.1", "saturation_hsv:2.5;offset=0.2"]
    CifarC "elastic" ["elastic:shift=0;grain=8;affine=2.56", "elastic:shift=0.1;grain=16;affine=2.24", "elastic:shift=0.5;grain=8;affine=1.92", "elastic:shift=0.95;grain=8;affine=1.6", "elastic:shift=1.3;grain=8;affine=0.96"]
    CifarC "pixelate" ["pixelate:1.0526;reduced=1", "pixelate:1.1111;reduced=1", "pixelate:1.1764;reduced=1", "pixelate:1.333333;reduced=1", "pixelate:1.5384;reduced=1"]
    CifarC "jpeg" ["jpeg:20", "jpeg:35", "jpeg:42", "jpeg:50", "jpeg:60"]
    DeepTest "translation" ["translate:right=10;down=10", "translate:right=20;down=20", "translate:right=30;down=30", "translate:right=40;down=40", "translate:right=50;down=50", "translate:right=60;down=60", "translate:right=70;down=70", "translate:right=80;down=80", "translate:right=90;down=90", "translate:right=100;down=100"]
    DeepTest "scale" ["scale:1.5;corner=1;cubic=1", "scale:2.0;corner=1;cubic=1", "scale:2.5;corner=1;cubic=1", "scale:3.0;corner=1;cubic=1", "scale:3.5;corner=1;cubic=1", "scale:4.0;corner=1;cubic=1", "scale:4.5;corner=1;cubic=1", "scale:5.0;corner=1;cubic=1", "scale:5.5;corner=1;cubic=1", "scale:6.0;corner=1;cubic=1"]
    DeepTest "shear" ["shear:0.1", "shear:0.2", "shear:0.3", "shear:0.4", "shear:0.5", "shear:0.6", "shear:0.7", "shear:0.8", "shear:0.9", "shear:1.0"]
    DeepTest "rotation" ["rotate:3;half_size=1", "rotate:6;half_size=1", "rotate:9;half_size=1", "rotate:12;half_size=1", "rotate:15;half_size=1", "rotate:18;half_size=1", "rotate:21;half_size=1", "rotate:24;half_size=1", "rotate:27;half_size=1", "rotate:30;half_size=1"]
    DeepTest "contrast" ["contrast:1.2", "contrast:1.4", "contrast:1.6", "contrast:1.8", "contrast:2.0", "contrast:2.2", "contrast:2.4", "contrast:2.6", "contrast:2.8", "contrast:3.0"]
    DeepTest "brightness" ["brightness:10", "brightness:20", "brightness:30", "brightness:40", "brightness:50", "brightness:60", "brightness:70", "brightness:80", "brightness:90", "brightness:100"]
    DeepTest "blur" ["box_blur:3", "box_blur:4", "box_blur:5", "gaussian_blur:0.8;size=3", "gaussian_blur:1.1;size=5", "gaussian_blur:1.4;size=7", "median_blur:1", "median_blur:1;size=5", "box_blur:6", "bilateral_blur:75"]
    DeepTest "computed_rain" ["rain:0.1", "rain:0.2", "rain:0.3", "rain:0.4", "rain:0.5", "rain:0.6", "rain:0.7", "rain:0.8", "rain:0.9", "rain:1.0"]
    DeepTest "computed_fog" ["fog:0.1", "fog:0.2", "fog:0.3", "fog:0.4", "fog:0.5", "fog:0.6", "fog:0.7", "fog:0.8", "fog:0.9", "fog:1.0"]
    PointsC "rain" ["lidar_rain:0.2", "lidar_rain:0.73", "lidar_rain:1.5625", "lidar_rain:3.125", "lidar_rain:7.29"]
    PointsC "snow" ["lidar_snow:0.2", "lidar_snow:0.73", "lidar_snow:1.5625", "lidar_snow:3.125", "lidar_snow:7.29"]
    PointsC "fog" ["lidar_fog:0.005", "lidar_fog:0.01", "lidar_fog:0.02", "lidar_fog:0.03", "lidar_fog:0.06"]
    PointsC "sunlight" ["sunlight:0.01", "sunlight:0.02", "sunlight:0.03", "sunlight:0.04", "sunlight:0.05"]
    PointsC "crosstalk" ["crosstalk:0.004", "crosstalk:0.008", "crosstalk:0.012", "crosstalk:0.016", "crosstalk:0.02"]
    PointsC "density" ["dropped_points:0.06", "dropped_points:0.12", "dropped_points:0.18", "dropped_points:0.24", "dropped_points:0.3"]
    PointsC "cutout" ["cut_out:2", "cut_out:3", "cut_out:5", "cut_out:7", "cut_out:10"]
    PointsC "gaussian_noise" ["position_noise:0.02", "position_noise:0.04", "position_noise:0.06", "position_noise:0.08", "position_noise:0.1"]
    PointsC "uniform_noise" ["uniform_noise:0.02", "uniform_noise:0.04", "uniform_noise:0.06", "uniform_noise:0.08", "uniform_noise:0.1"]
    PointsC "impulse_noise" ["position_impulses:0.0333333", "position_impulses:0.04", "position_impulses:0.05", "position_impulses:0.0666667", "position_impulses:0.1"]
    PointsC "field_of_view" ["field_of_view:105", "field_of_view:90", "field_of_view:75", "field_of_view:60", "field_of_view:45"]
    PointsC "motion" ["motion_distortion:0.02", "motion_distortion:0.04", "motion_distortion:0.06", "motion_distortion:0.08", "motion_distortion:0.1"]
    PointsC "misalignment" ["misalignment:0.04", "misalignment:0.08", "misalignment:0.12", "misalignment:0.16", "misalignment:0.2"]
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::geometry::points::PointCloud;
    use crate::data::image::Image;

    #[test]
    fn every_severity_can_be_read_and_does_something() {
        let picture =
            Image::from_rgb(48, 40, (0..48 * 40 * 3).map(|i| (i * 7 % 251) as u8).collect()).unwrap();
        for preset in PRESETS {
            assert_eq!(
                preset.levels(),
                if preset.family == Family::DeepTest { 10 } else { 5 },
                "{}",
                preset.name
            );
            for level in 1..=preset.levels() {
                let stack = preset.stack(level, (224, 224), 3).unwrap();
                stack::check(&BUILT_IN, &stack).unwrap();
                let text = preset.levels[level - 1];
                assert_eq!(stack, preset.stack(level, (224, 224), 3).unwrap(), "{text}");
                let stack = preset.stack(level, picture.size(), 3).unwrap();
                match preset.family.medium() {
                    Medium::Points => drop(stack::apply(&BUILT_IN, &stack, &PointCloud::default()).unwrap()),
                    Medium::Image | Medium::Signals | Medium::Text => {
                        drop(stack::apply(&BUILT_IN, &stack, &picture).unwrap());
                    }
                }
            }
            assert!(preset.stack(0, (224, 224), 1).is_none() && preset.stack(11, (224, 224), 1).is_none());
        }
        assert_eq!(Family::ImageNetC.presets().count(), 19);
    }

    #[test]
    fn lengths_grow_with_the_picture_and_amounts_do_not() {
        let value = |name: &str, size, param: &str| {
            let stack = preset(Family::ImageNetC, name).unwrap().stack(3, size, 1).unwrap();
            stack.transforms[0].params.0.get(param).copied()
        };
        assert_eq!(value("gaussian_blur", (224, 224), "sigma"), Some(3.0));
        assert_eq!(value("gaussian_blur", (224, 224), "pixel"), None);
        assert_eq!(value("gaussian_blur", (896, 448), "sigma"), Some(3.0));
        assert_eq!(value("gaussian_blur", (896, 448), "pixel"), Some(2.0));
        assert_eq!(value("gaussian_noise", (896, 448), "sigma"), Some(45.9));
        assert_eq!(value("gaussian_noise", (896, 448), "pixel"), None);
        let directions: Vec<f64> = (0..9)
            .map(|seed| {
                let stack =
                    preset(Family::ImageNetC, "motion_blur").unwrap().stack(1, (224, 224), seed).unwrap();
                stack.transforms[0].params.0["angle"]
            })
            .collect();
        assert!(
            directions.iter().all(|angle| angle.abs() <= 45.0)
                && directions.windows(2).any(|d| (d[0] - d[1]).abs() > 0.0)
        );
        assert_eq!(Family::corruptions_for((32, 32)), Family::CifarC);
        assert_eq!(Family::corruptions_for((1280, 720)), Family::ImageNetC);
    }
}
