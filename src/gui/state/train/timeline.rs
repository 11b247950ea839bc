//! Pictures of a run over its steps: those kept in memory, the sheets in its folder, and the scrubber
//! over both.

use super::thinned::Thinned;
use crate::gui::state::picture::Picture;
use crate::image_buf::ImageBuf;
use crate::worker::protocol::LivePictures;

/// Moments kept at most.
const MOST_FRAMES: usize = 160;
/// Pixels of all moments of a run at most, in bytes.
const MOST_BYTES: usize = 48 << 20;
/// Moments a second while it plays.
const RATE: f32 = 8.0;

/// The pictures of a run at one moment, as in [`LivePictures`].
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Fixed validation images.
    pub originals: Vec<Picture>,
    /// The originals as the model is given them; empty where nothing spoils them.
    pub inputs: Vec<Picture>,
    /// Their reconstructions.
    pub reconstructions: Vec<Picture>,
    /// Their reconstructions from one another's codes; only in the newest frame.
    pub shuffled: Vec<Picture>,
    /// Fixed draws from the prior.
    pub samples: Vec<Picture>,
    /// Watched photos, in and out.
    pub photos: Vec<(Picture, Picture)>,
    /// Watched codes, decoded.
    pub pinned: Vec<Picture>,
}

impl Frame {
    /// Takes pictures over; those that are as in `before` are shared with it, pixels and texture.
    fn new(pictures: &LivePictures, before: Option<&Frame>) -> Self {
        let row = |images: &[ImageBuf], before: Option<&Vec<Picture>>| -> Vec<Picture> {
            let same = |index: usize| before.and_then(|before| before.get(index));
            images.iter().enumerate().map(|(index, image)| shared(image, same(index))).collect()
        };
        let photo = |(index, (seen, made)): (usize, &(ImageBuf, ImageBuf))| {
            let before = before.and_then(|frame| frame.photos.get(index));
            (shared(seen, before.map(|pair| &pair.0)), shared(made, before.map(|pair| &pair.1)))
        };
        Frame {
            originals: row(&pictures.originals, before.map(|frame| &frame.originals)),
            inputs: row(&pictures.inputs, before.map(|frame| &frame.inputs)),
            reconstructions: row(&pictures.reconstructions, None),
            shuffled: row(&pictures.shuffled, None),
            samples: row(&pictures.samples, None),
            photos: pictures.photos.iter().enumerate().map(photo).collect(),
            pinned: row(&pictures.pinned, None),
        }
    }

    /// Bytes of the pictures that change from frame to frame.
    fn bytes(&self) -> usize {
        let made = self.photos.iter().map(|(_, made)| made);
        let own = [&self.reconstructions, &self.shuffled, &self.samples, &self.pinned];
        own.into_iter().flatten().chain(made).map(|picture| picture.image.pixels().len()).sum()
    }
}

/// The picture before, if it is the same.
fn shared(image: &ImageBuf, before: Option<&Picture>) -> Picture {
    before.filter(|before| *before.image == *image).cloned().unwrap_or_else(|| Picture::new(image.clone()))
}

/// A place on the scrubber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A frame in memory, after this many steps.
    Frame(usize),
    /// A sheet in the run's folder, written after this many steps.
    Sheet(usize),
}

impl Stop {
    /// Updates done then.
    pub fn step(self) -> usize {
        match self {
            Stop::Frame(step) | Stop::Sheet(step) => step,
        }
    }
}

/// View of the scrubber.
#[derive(Clone, Copy, Debug)]
pub enum TimelineView<'a> {
    /// Pictures one by one.
    Frame(&'a Frame),
    /// A sheet; none while it is being read.
    Sheet(Option<&'a Picture>),
}

/// The pictures of a run over its steps.
#[derive(Clone, Debug)]
pub struct Timeline {
    frames: Thinned<Frame>,
    /// Bytes of all frames.
    bytes: usize,
    /// Steps at which a sheet was written, rising.
    sheets: Vec<usize>,
    /// The sheet that was read last.
    sheet: Option<(usize, Picture)>,
    /// Where the scrubber stands; none follows the run.
    at: Option<Stop>,
    playing: bool,
    /// Seconds since the last stop while it plays.
    waited: f32,
}

impl Default for Timeline {
    fn default() -> Self {
        Timeline {
            frames: Thinned::new(MOST_FRAMES),
            bytes: 0,
            sheets: Vec::new(),
            sheet: None,
            at: None,
            playing: false,
            waited: 0.0,
        }
    }
}

impl Timeline {
    /// Appends a moment.
    pub fn push(&mut self, pictures: &LivePictures) {
        let frame = Frame::new(pictures, self.frames.last());
        if let Some(before) = self.frames.last_mut() {
            before.shuffled.clear();
        }
        self.frames.push(pictures.step, frame);
        self.measure();
        while self.bytes > MOST_BYTES && self.frames.len() > 1 {
            if !self.frames.thin() {
                self.frames.drop_first();
            }
            self.measure();
        }
        self.keep_place();
    }

    fn measure(&mut self) {
        self.bytes = self.frames.entries().iter().map(|(_, frame)| frame.bytes()).sum();
    }

    /// If what the scrubber stood at was thinned away, it stands at what lies nearest.
    fn keep_place(&mut self) {
        if let Some(at) = self.at
            && !self.stops().contains(&at)
        {
            self.at = self.stops().into_iter().min_by_key(|stop| stop.step().abs_diff(at.step()));
        }
    }

    /// The run has gone back to this step: what came after it is no longer true.
    pub fn rewind(&mut self, step: usize) {
        self.sheets.retain(|sheet| *sheet <= step);
        self.frames.truncate_after(step);
        self.keep_place();
    }

    /// A sheet was written after this many steps.
    pub fn add_sheet(&mut self, step: usize) {
        if let Err(place) = self.sheets.binary_search(&step) {
            self.sheets.insert(place, step);
        }
    }

    /// The steps of the sheets in its folder, rising.
    pub fn sheets(&self) -> &[usize] {
        &self.sheets
    }

    /// The newest moment in memory and its step.
    pub fn newest(&self) -> Option<(usize, &Frame)> {
        self.frames.entries().last().map(|(step, frame)| (*step, frame))
    }

    /// The newest moment, to change.
    pub(super) fn newest_mut(&mut self) -> Option<&mut Frame> {
        self.frames.last_mut()
    }

    /// Whether there is neither a moment nor a sheet.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.sheets.is_empty()
    }

    /// Everything the scrubber can stand at, in the order of the steps. Where memory holds frames it is
    /// denser than the sheets, which are left out from its first frame on.
    pub fn stops(&self) -> Vec<Stop> {
        let first = self.frames.entries().first().map_or(usize::MAX, |(step, _)| *step);
        let sheets = self.sheets.iter().take_while(|sheet| **sheet < first).map(|step| Stop::Sheet(*step));
        sheets.chain(self.frames.entries().iter().map(|(step, _)| Stop::Frame(*step))).collect()
    }

    /// Whether it follows the run.
    pub fn is_live(&self) -> bool {
        self.at.is_none()
    }

    /// Whether it plays.
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// Stop of the scrubber: at the newest stop, if it follows the run.
    pub fn stop(&self) -> Option<Stop> {
        self.at.or_else(|| self.stops().last().copied())
    }

    /// Puts the scrubber at a stop.
    pub fn scrub(&mut self, stop: Stop) {
        self.playing = false;
        self.at = Some(stop);
    }

    /// Follows the run again.
    pub fn go_live(&mut self) {
        self.playing = false;
        self.at = None;
    }

    /// Plays from where the scrubber stands, from the beginning if it stands at the end; or pauses.
    pub fn toggle_playing(&mut self) {
        let stops = self.stops();
        let (Some(first), Some(last)) = (stops.first(), stops.last()) else { return };
        if self.playing {
            self.playing = false;
        } else if stops.len() > 1 {
            self.playing = true;
            self.waited = 0.0;
            if self.at.is_none_or(|at| at == *last) {
                self.at = Some(*first);
            }
        }
    }

    /// Lets `seconds` of playing pass. At the end it follows the run again. A sheet that is still being read
    /// is waited for.
    pub fn advance(&mut self, seconds: f32) {
        if !self.playing || matches!(self.shown(), Some(TimelineView::Sheet(None))) {
            return;
        }
        self.waited += seconds;
        while self.playing && self.waited >= 1.0 / RATE {
            self.waited -= 1.0 / RATE;
            let stops = self.stops();
            let here = stops.iter().position(|stop| Some(*stop) == self.at);
            match here.and_then(|here| stops.get(here + 1)) {
                Some(next) => self.at = Some(*next),
                None => self.go_live(),
            }
        }
    }

    /// Picture where the scrubber stands.
    pub fn shown(&self) -> Option<TimelineView<'_>> {
        match self.stop()? {
            Stop::Frame(step) => self.frames.at(step).map(TimelineView::Frame),
            Stop::Sheet(step) => {
                let read = self.sheet.as_ref().filter(|(read, _)| *read == step);
                Some(TimelineView::Sheet(read.map(|(_, picture)| picture)))
            }
        }
    }

    /// The sheet that has to be read from the run's folder for what is shown.
    pub fn wanted_sheet(&self) -> Option<usize> {
        match self.stop()? {
            Stop::Sheet(step) => Some(step),
            Stop::Frame(_) => None,
        }
    }

    /// A sheet cannot be read: it is stood at no longer.
    pub fn lose_sheet(&mut self, step: usize) {
        self.sheets.retain(|sheet| *sheet != step);
        self.keep_place();
    }

    /// A sheet was read.
    pub fn take_sheet(&mut self, step: usize, image: ImageBuf) {
        self.sheet = Some((step, Picture::new(image)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pictures(step: usize, side: usize) -> LivePictures {
        let shade = |value: usize| ImageBuf::filled(side, side, [value as u8; 3]);
        LivePictures {
            step,
            originals: vec![shade(1), shade(2)],
            inputs: Vec::new(),
            reconstructions: vec![shade(step), shade(step + 1)],
            shuffled: vec![shade(step), shade(step)],
            samples: vec![shade(step); 4],
            photos: vec![(shade(9), shade(step))],
            pinned: vec![shade(step)],
        }
    }

    #[test]
    fn memory_stays_bounded_and_what_does_not_change_is_shared() {
        let mut timeline = Timeline::default();
        // 8 changing pictures of 0.75 MiB: 64 of these moments would be 8 times what may be kept.
        for step in 1..=64 {
            timeline.push(&pictures(step * 10, 512));
            assert!(timeline.bytes <= MOST_BYTES, "{} bytes after {step}", timeline.bytes);
        }
        let steps: Vec<usize> = timeline.stops().into_iter().map(Stop::step).collect();
        assert!(steps.is_sorted() && steps.last() == Some(&640), "{steps:?}");
        let keys = |timeline: &Timeline| -> Vec<Vec<u64>> {
            let rows = timeline.frames.entries().iter();
            rows.map(|(_, frame)| frame.originals.iter().map(|p| p.key).collect()).collect()
        };
        assert!(keys(&timeline).windows(2).all(|pair| pair[0] == pair[1]), "the originals are uploaded once");
        let shuffled = |frame: &(usize, Frame)| frame.1.shuffled.len();
        let rows: Vec<usize> = timeline.frames.entries().iter().map(shuffled).collect();
        assert!(rows[..rows.len() - 1].iter().all(|n| *n == 0) && rows.last() == Some(&2));

        let mut small = Timeline::default();
        (1..2000).for_each(|step| small.push(&pictures(step, 2)));
        let kept = small.frames.entries().len();
        assert!(kept <= MOST_FRAMES && kept > MOST_FRAMES / 3, "{kept}");
        assert_eq!(small.stops()[0], Stop::Frame(1), "the beginning is kept");
    }

    #[test]
    fn sheets_lead_up_to_what_is_in_memory() {
        let mut timeline = Timeline::default();
        assert!(timeline.stop().is_none() && timeline.is_empty());
        for step in [100, 300, 200, 400, 300] {
            timeline.add_sheet(step);
        }
        assert_eq!(timeline.wanted_sheet(), Some(400), "without pictures in memory the last sheet is shown");
        timeline.push(&pictures(350, 2));
        timeline.push(&pictures(360, 2));
        let stops = [100, 200, 300].map(Stop::Sheet).into_iter().chain([350, 360].map(Stop::Frame));
        assert_eq!(timeline.stops(), stops.collect::<Vec<_>>());
        assert!(timeline.is_live() && timeline.wanted_sheet().is_none());
        timeline.scrub(Stop::Sheet(200));
        assert_eq!(timeline.wanted_sheet(), Some(200));
        assert!(matches!(timeline.shown(), Some(TimelineView::Sheet(None))));
        timeline.take_sheet(100, ImageBuf::filled(1, 1, [0; 3]));
        assert!(
            matches!(timeline.shown(), Some(TimelineView::Sheet(None))),
            "another one's answer is not shown"
        );
        timeline.take_sheet(200, ImageBuf::filled(1, 1, [0; 3]));
        assert!(matches!(timeline.shown(), Some(TimelineView::Sheet(Some(_)))));
        timeline.lose_sheet(200);
        assert!(!timeline.is_live() && timeline.stop() != Some(Stop::Sheet(200)));
        timeline.scrub(Stop::Sheet(300));
        timeline.rewind(150);
        assert_eq!(timeline.stop(), Some(Stop::Sheet(100)), "what is gone is not stood at");
    }

    #[test]
    fn playing_runs_to_the_end_and_is_live_again() {
        let mut timeline = Timeline::default();
        timeline.toggle_playing();
        assert!(!timeline.is_playing(), "there is nothing to play");
        (1..=3).for_each(|step| timeline.push(&pictures(step, 2)));
        timeline.toggle_playing();
        let mut seen = vec![timeline.stop().unwrap().step()];
        while timeline.is_playing() {
            timeline.advance(1.01 / RATE);
            seen.push(timeline.stop().unwrap().step());
        }
        assert_eq!(seen, [1, 2, 3, 3]);
        assert!(timeline.is_live());

        timeline.scrub(Stop::Frame(2));
        timeline.push(&pictures(4, 2));
        assert_eq!(timeline.stop(), Some(Stop::Frame(2)), "the past stays while the run goes on");
        timeline.go_live();
        assert_eq!(timeline.stop(), Some(Stop::Frame(4)));
    }
}
