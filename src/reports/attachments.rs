//! Images that GitLab and Jenkins show beside a failing case.
//!
//! One file a case, original and transformed beside each other with the predicted boxes drawn in. Written with the HTML report, named in the `JUnit` file.

use std::path::Path;

use crate::base::files::sha256_hex;
use crate::data::image::Image;
use crate::data::labels::ontology::color_of;
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;
use crate::imaging::outlines;
use crate::reports::place::seen_from_job;
use crate::reports::report::{Report, ReportCase, Status, SuiteReport};

/// Folder of the images inside of the HTML report.
pub const FOLDER: &str = "attachments";
/// Longer side of each of the two images in pixels.
const SIDE: u32 = 960;
/// Pixels between the two images.
const GAP: u32 = 8;
/// Quality of the JPEG.
const QUALITY: u8 = 85;

/// File name of a case's image. GitLab drops files of one name, so that of no other case is the same.
pub fn file_name(suite: &SuiteReport, case: &ReportCase) -> String {
    let identity = format!("{}\0{}\0{}", suite.folder, suite.name, case.id);
    let hash = sha256_hex(identity.as_bytes());
    format!("{}.jpg", hash.get(..20).unwrap_or("case"))
}

/// True for a case whose image is attached: it fails the run or has an error, and there are images.
pub fn is_attached(case: &ReportCase) -> bool {
    let fails = matches!(case.status, Status::Fail | Status::Error) && !case.accepted();
    fails && case.pictures.is_some()
}

/// The line by which GitLab and Jenkins find the image of a case, relative to the folder of the job.
pub fn line(report: &Report, suite: &SuiteReport, case: &ReportCase) -> Option<String> {
    let folder = report.attachments.as_deref().filter(|_| is_attached(case))?;
    let file = folder.join(FOLDER).join(file_name(suite, case));
    Some(format!("[[ATTACHMENT|{}]]", seen_from_job(report.job.as_deref(), Path::new(&file))))
}

/// The image of a case as JPEG.
pub fn image(case: &ReportCase) -> Option<Vec<u8>> {
    let (original, changed) = case.pictures.as_ref()?;
    let sides = [(original, case.before.as_ref()), (changed, case.after.as_ref())];
    let [left, right] = sides.map(|(image, seen)| drawn(image, case.look, seen));
    outlines::beside(&left, &right, GAP).to_jpeg(QUALITY).ok()
}

/// An image with the predicted boxes.
fn drawn(image: &Image, look: Look, seen: Option<&Prediction>) -> Image {
    let mut drawn = image.clone();
    if let Some(Prediction::Objects { objects }) = seen.map(|seen| look.place(seen)) {
        let width = image.width().max(image.height()).div_ceil(320).max(1);
        for object in &objects {
            outlines::draw(&mut drawn, &object.bbox, color_of(&object.class), width);
        }
    }
    drawn.thumbnail(SIDE)
}
