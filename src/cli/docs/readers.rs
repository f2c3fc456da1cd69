//! The page of what can be opened.

use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, note, table};
use crate::clips::KINDS;

pub(super) static PAGE: Page = Page { name: "readers", title: "Recordings and data sets", body };

const INTRO: &str = "\
Whatever is given to `hardcase`, dropped on the window or named in a project is opened by the first reader that accepts it, in this \
order. A part of a folder is named behind a number sign: `FOLDER#scene-0061`. Damaged files are read as far as they go, with a warning.";

/// The files of a kind, and what of them is read.
const NOTES: &[(&str, &str)] = &[
    (
        "mcap",
        "`.mcap`; messages in ROS 1, ROS 2 (CDR with ros2msg or ros2idl), protobuf and JSON by the definitions in the file; lz4, zstd or none",
    ),
    ("rosbag1", "`.bag`, format 2.0; none, bz2 or lz4"),
    ("rosbag2", "folders with `metadata.yaml`, `.db3` files, split or not"),
    (
        "video",
        "`.mp4` `.mov` `.mkv` `.webm` `.avi` and others; H.264 (8 bits, 4:2:0, progressive) and JPEG are built in, everything else goes \
         through an installed ffmpeg. Frames stand upright as the track says, edit lists leave frames out, pixels keep their stored \
         aspect, the first frame is at time zero, a frame that the decoder finds damaged is an error",
    ),
    ("kitti", "`DATE_drive_NUMBER_sync` with cameras, LIDAR, GPS/IMU, tracklets and calibration"),
    ("kitti_object", "`training` or `testing` with `image_2`, `label_2`, `calib` and `velodyne`"),
    (
        "nuscenes",
        "the folder with `v1.0-*`, `samples` and `sweeps`, with the CAN expansion; `FOLDER#scene-0061` is one scene",
    ),
    ("argoverse2", "a log with `sensors`, `calibration` and `annotations.feather`"),
    (
        "donkeycar",
        "tubs of Donkeycar, Udacity's simulator (`driving_log.csv`) and drives (`interpolated.csv`)",
    ),
    (
        "can",
        "candump files and screen output (`.log`, `.txt`), Vector `.asc` and `.blf`, PEAK `.trc`, with the `.dbc` files beside them",
    ),
    (
        "csv",
        "`.csv`, `.tsv`: a column of times, the others numbers or texts; form and encoding are found, or set in `NAME.csv.toml`",
    ),
    ("parquet", "`.parquet`, `.feather`, `.arrow`: as CSV"),
    ("texts", "`.txt` with a text a line, `.jsonl` with an object a line"),
    (
        "points",
        "`.pcd`, `.ply`, `.las`, `.bin` (KITTI, nuScenes; others by a `points.toml` beside them), or a folder of them",
    ),
    ("window", "an input of a suite that spans several frames and signals"),
    (
        "image_folder",
        "a folder of PNG, JPEG, BMP or WebP, upright by their EXIF orientation, with or without a CSV of timestamps and signals",
    ),
];

const MESSAGES: &str = "\
## Messages

Cameras (raw, Bayer, depth, JPEG and PNG upright by their EXIF orientation, H.264; H.265, AV1 and VP9 with ffmpeg), point clouds, laser and radar scans, 3D and 2D boxes, GPS, \
odometry, logs, diagnostics, coordinate transforms, calibrations. Every other number becomes a signal. Times are log times or header \
stamps, as you choose for each channel.";

fn body() -> String {
    let rows =
        KINDS.iter().map(|kind| vec![code(kind.id), kind.title.to_owned(), note(NOTES, kind.id).to_owned()]);
    format!("{INTRO}\n\n{}\n{MESSAGES}", table(&["name", "opens", "files"], rows))
}
