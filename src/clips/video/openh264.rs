//! `OpenH264` by its own interface, which says which packet each frame is of; the safe wrapper leaves that out.

use std::ptr::{from_mut, null_mut};

use openh264::OpenH264API;
use openh264::decoder::{Decoder, DecoderConfig};
use openh264_sys2::{
    DECODER_OPTION_NUM_OF_FRAMES_REMAINING_IN_BUFFER, DECODING_STATE, SBufferInfo, dsErrorFree,
    dsFramePending,
};

use super::colors::{Colors, Planes};
use crate::clips::video::error::VideoError;
use crate::data::image::Image;

/// A decoder without error concealment: what it cannot decode it does not return.
pub(super) struct OpenH264(Decoder);

/// A decoded frame, in memory of the decoder until its next call.
pub(super) struct Decoded {
    /// Number of the packet that it was decoded from.
    pub(super) packet: usize,
    info: SBufferInfo,
    planes: [*mut u8; 3],
}

impl OpenH264 {
    pub(super) fn new() -> Result<Self, VideoError> {
        let decoder = Decoder::with_api_config(OpenH264API::from_source(), DecoderConfig::new());
        decoder.map(Self).map_err(|err| VideoError::decoder(err.to_string()))
    }

    /// Decodes a packet with start codes. A frame that comes out may be of an earlier packet; the flag is true if this
    /// packet is damaged, or refers to what is missing.
    pub(super) fn decode(&mut self, data: &[u8], packet: usize) -> (Option<Decoded>, bool) {
        let Ok(length) = i32::try_from(data.len()) else { return (None, true) };
        let mut info = SBufferInfo { uiInBsTimeStamp: packet as u64 + 1, ..SBufferInfo::default() };
        let mut planes = [null_mut(); 3];
        #[expect(unsafe_code, reason = "calling OpenH264")]
        // SAFETY: data, planes and info live during the call, and the length is that of the data.
        let state = unsafe {
            let api = self.0.raw_api();
            api.decode_frame_no_delay(data.as_ptr(), length, from_mut(&mut planes).cast(), &raw mut info)
        };
        (decoded(info, planes), !fine(state))
    }

    /// The next frame that waits for its turn in display order.
    pub(super) fn flush(&mut self) -> Option<Decoded> {
        let mut left = 0_i32;
        let (mut info, mut planes) = (SBufferInfo::default(), [null_mut(); 3]);
        #[expect(unsafe_code, reason = "calling OpenH264")]
        // SAFETY: the option is a 32-bit number; planes and info live during the call.
        unsafe {
            let api = self.0.raw_api();
            api.get_option(DECODER_OPTION_NUM_OF_FRAMES_REMAINING_IN_BUFFER, from_mut(&mut left).cast());
            if left <= 0 || !fine(api.flush_frame(from_mut(&mut planes).cast(), &raw mut info)) {
                return None;
            }
        }
        decoded(info, planes)
    }

    /// The pixels of a frame that the last call returned.
    #[expect(clippy::unused_self, reason = "borrowed so that the memory that is read stays as it is")]
    pub(super) fn image(&self, frame: &Decoded, colors: Colors) -> Option<Image> {
        #[expect(unsafe_code, reason = "reading the memory of OpenH264")]
        // SAFETY: the decoder fills this part for every frame that it returns.
        let buffer = unsafe { frame.info.UsrData.sSystemBuffer };
        let size = (usize::try_from(buffer.iWidth).ok()?, usize::try_from(buffer.iHeight).ok()?);
        let [luma, chroma] = buffer.iStride.map(|stride| usize::try_from(stride).unwrap_or(0));
        let half = (size.0.div_ceil(2), size.1.div_ceil(2));
        if size.0 == 0 || size.1 == 0 || luma < size.0 || chroma < half.0 {
            return None;
        }
        #[expect(unsafe_code, reason = "reading the memory of OpenH264")]
        // SAFETY: the planes are not null, rows are a stride apart, and the last row has its pixels; the decoder, which
        // owns the memory, is borrowed and was not called since.
        let planes = unsafe {
            let plane = |i: usize, stride: usize, (width, height): (usize, usize)| {
                std::slice::from_raw_parts(frame.planes[i], stride * (height - 1) + width)
            };
            Planes {
                size,
                strides: (luma, chroma),
                luma: plane(0, luma, size),
                chroma: [plane(1, chroma, half), plane(2, chroma, half)],
            }
        };
        Image::from_rgb(size.0 as u32, size.1 as u32, colors.rgb(&planes)?)
    }
}

fn fine(state: DECODING_STATE) -> bool {
    state == dsErrorFree || state == dsFramePending
}

fn decoded(info: SBufferInfo, planes: [*mut u8; 3]) -> Option<Decoded> {
    let packet = usize::try_from(info.uiOutYuvTimeStamp.checked_sub(1)?).ok()?;
    (info.iBufferStatus == 1 && planes.iter().all(|plane| !plane.is_null())).then_some(Decoded {
        packet,
        info,
        planes,
    })
}
