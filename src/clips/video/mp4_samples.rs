//! The samples of an MP4 track: by the tables of its header, and by the fragments of the file.

use std::ops::Range;

use super::boxes::{Fields, atoms, find};

/// One sample in the order of decoding.
pub(super) struct Sample {
    pub(super) bytes: Range<u64>,
    /// Composition time, in units of the track.
    pub(super) shown: i64,
    pub(super) sync: bool,
}

/// The fields of a table after its version.
fn entries(bytes: &[u8], table: Option<Range<usize>>) -> Option<Fields<'_>> {
    let mut fields = Fields(bytes.get(table?)?);
    fields.version()?;
    Some(fields)
}

/// Runs of a table of counts and values, one value for each sample.
fn runs(bytes: &[u8], table: Option<Range<usize>>) -> impl Iterator<Item = u32> {
    // The count is not needed: the box says where it ends.
    let mut fields = entries(bytes, table).and_then(|mut fields| fields.u32().map(|_| fields));
    let next = move || Some((fields.as_mut()?.u32()?, fields.as_mut()?.u32()?));
    std::iter::from_fn(next).flat_map(|(count, value)| (0..count).map(move |_| value))
}

/// The samples of the tables in an `stbl` box; `None` if a table is missing. Samples that the tables do not place are
/// left out; the second number is how many there are.
pub(super) fn of_tables(bytes: &[u8], stbl: &Range<usize>) -> Option<(Vec<Sample>, usize)> {
    let table = |name: &[u8; 4]| find(bytes, stbl.clone(), *name);
    let mut sizes = entries(bytes, table(b"stsz"))?;
    let (fixed, count) = (sizes.u32()?, sizes.u32()? as usize);
    let syncs: Option<Vec<u32>> = entries(bytes, table(b"stss")).map(|mut fields| {
        fields.u32();
        std::iter::from_fn(|| fields.u32()).collect()
    });
    let mut chunks = Chunks::new(bytes, stbl)?;
    let mut steps = runs(bytes, table(b"stts"));
    let has_offsets = table(b"ctts").is_some();
    let mut offsets = runs(bytes, table(b"ctts"));
    let (mut samples, mut decoded, mut next_sync) = (Vec::new(), 0_i64, 0);
    // A count that the file cannot hold is no reason to count up to it.
    for number in 1..=count.min(bytes.len()) {
        let size = if fixed > 0 { Some(fixed) } else { sizes.u32() };
        let Some((size, at)) = size.and_then(|size| Some((size, chunks.place(u64::from(size))?))) else {
            break;
        };
        let offset = if has_offsets { offsets.next().unwrap_or(0).cast_signed() } else { 0 };
        let sync = syncs.as_ref().is_none_or(|syncs| {
            while syncs.get(next_sync).is_some_and(|sync| (*sync as usize) < number) {
                next_sync += 1;
            }
            syncs.get(next_sync).is_some_and(|sync| *sync as usize == number)
        });
        samples.push(Sample {
            bytes: at..at.saturating_add(u64::from(size)),
            shown: decoded.saturating_add(i64::from(offset)),
            sync,
        });
        decoded = decoded.saturating_add(i64::from(steps.next().unwrap_or(0)));
    }
    let missing = count - samples.len();
    Some((samples, missing))
}

/// The walk through the chunks of a track.
struct Chunks<'a> {
    offsets: Fields<'a>,
    wide: bool,
    /// First chunk and samples in a chunk of each run.
    runs: Vec<(u32, u32)>,
    chunk: u32,
    left: u32,
    at: u64,
}

impl<'a> Chunks<'a> {
    fn new(bytes: &'a [u8], stbl: &Range<usize>) -> Option<Self> {
        let table = |name: &[u8; 4]| find(bytes, stbl.clone(), *name);
        let wide = table(b"stco").is_none();
        let mut offsets = entries(bytes, table(if wide { b"co64" } else { b"stco" }))?;
        let mut fields = entries(bytes, table(b"stsc"))?;
        offsets.skip(4)?;
        fields.skip(4)?;
        let mut run = || {
            let run = (fields.u32()?, fields.u32()?);
            fields.u32()?;
            Some(run)
        };
        let runs = std::iter::from_fn(&mut run).collect();
        Some(Self { offsets, wide, runs, chunk: 0, left: 0, at: 0 })
    }

    /// The position of the next sample.
    fn place(&mut self, size: u64) -> Option<u64> {
        while self.left == 0 {
            self.at = if self.wide { self.offsets.u64()? } else { u64::from(self.offsets.u32()?) };
            self.chunk += 1;
            let run = self.runs.partition_point(|(first, _)| *first <= self.chunk);
            self.left = self.runs.get(run.checked_sub(1)?)?.1;
        }
        self.left -= 1;
        let at = self.at;
        self.at = at.checked_add(size)?;
        Some(at)
    }
}

/// Defaults of a track's fragments: duration, size and flags of a sample.
#[derive(Clone, Copy, Default)]
struct Defaults {
    duration: u32,
    size: u32,
    flags: u32,
}

fn defaults(bytes: &[u8], moov: &Range<usize>, track: u32) -> Defaults {
    let found = find(bytes, moov.clone(), *b"mvex").and_then(|mvex| {
        atoms(bytes, mvex).filter(|atom| &atom.name == b"trex").find_map(|atom| {
            let mut fields = Fields(bytes.get(atom.content)?);
            fields.version()?;
            let own = fields.u32()? == track;
            fields.u32()?;
            let (duration, size, flags) = (fields.u32()?, fields.u32()?, fields.u32()?);
            own.then_some(Defaults { duration, size, flags })
        })
    });
    found.unwrap_or_default()
}

/// Appends the samples of a track that the fragments of the file hold.
pub(super) fn of_fragments(bytes: &[u8], moov: &Range<usize>, track: u32, samples: &mut Vec<Sample>) {
    let mut fragments = Fragments { bytes, moov, track, decoded: 0, samples };
    for moof in atoms(bytes, 0..bytes.len()).filter(|atom| &atom.name == b"moof") {
        // Without a stated base, the data of a track follows that of the track before.
        let mut follows = moof.start as u64;
        for traf in atoms(bytes, moof.content.clone()).filter(|atom| &atom.name == b"traf") {
            if fragments.read(&traf.content, moof.start as u64, &mut follows).is_none() {
                log::debug!("a fragment of the video is incomplete");
            }
        }
    }
}

/// The fragments of a file, as far as read.
struct Fragments<'a> {
    bytes: &'a [u8],
    moov: &'a Range<usize>,
    track: u32,
    /// Decoding time of the next sample.
    decoded: i64,
    samples: &'a mut Vec<Sample>,
}

impl Fragments<'_> {
    fn read(&mut self, traf: &Range<usize>, moof: u64, follows: &mut u64) -> Option<()> {
        let mut head = Fields(self.bytes.get(find(self.bytes, traf.clone(), *b"tfhd")?)?);
        let (_, flags) = head.version()?;
        let id = head.u32()?;
        let base = if flags & 1 != 0 {
            head.u64()?
        } else if flags & 0x2_0000 != 0 {
            moof
        } else {
            *follows
        };
        if flags & 2 != 0 {
            head.u32()?;
        }
        let mut usual = defaults(self.bytes, self.moov, id);
        for (flag, field) in [(8, &mut usual.duration), (16, &mut usual.size), (32, &mut usual.flags)] {
            if flags & flag != 0 {
                *field = head.u32()?;
            }
        }
        if id == self.track
            && let Some(time) = find(self.bytes, traf.clone(), *b"tfdt")
        {
            let mut time = Fields(self.bytes.get(time)?);
            let (version, _) = time.version()?;
            self.decoded = i64::try_from(time.long(version)?).ok()?;
        }
        *follows = base;
        let runs: Vec<_> = atoms(self.bytes, traf.clone()).filter(|atom| &atom.name == b"trun").collect();
        for run in runs {
            self.run(Fields(self.bytes.get(run.content)?), (id, base), usual, follows)?;
        }
        Some(())
    }

    /// One run of samples, the data of which ends at `follows`.
    fn run(
        &mut self,
        mut run: Fields<'_>,
        (id, base): (u32, u64),
        usual: Defaults,
        follows: &mut u64,
    ) -> Option<()> {
        let (_, flags) = run.version()?;
        let count = run.u32()? as usize;
        if flags & 1 != 0 {
            *follows = base.checked_add_signed(i64::from(run.i32()?))?;
        }
        let first_flags = if flags & 4 != 0 { Some(run.u32()?) } else { None };
        for number in 0..count.min(self.bytes.len()) {
            let mut field = |flag: u32, usual: u32| if flags & flag != 0 { run.u32() } else { Some(usual) };
            let duration = field(0x100, usual.duration)?;
            let size = field(0x200, usual.size)?;
            let own_flags = field(0x400, usual.flags)?;
            let offset = field(0x800, 0)?.cast_signed();
            let own_flags = first_flags.filter(|_| number == 0).unwrap_or(own_flags);
            let end = follows.checked_add(u64::from(size))?;
            if id == self.track {
                // A sample that depends on others or is declared to be no place to begin.
                let sync = own_flags & 0x0101_0000 == 0;
                let shown = self.decoded.saturating_add(i64::from(offset));
                self.samples.push(Sample { bytes: *follows..end, shown, sync });
                self.decoded = self.decoded.saturating_add(i64::from(duration));
            }
            *follows = end;
        }
        Some(())
    }
}
