//! Actions of people on the Atlas screen, and events of its job.

use std::borrow::Cow;
use std::path::PathBuf;

use rust_i18n::t;

use super::shown::{ReadyMap, ShownMap};
use super::{AtlasSubject, PendingMap};
use crate::config::DataSource;
use crate::gui::language::tr;
use crate::gui::state::own_direction::{BOXES, BoxedFace};
use crate::gui::state::{Effect, Screen, State};
use crate::worker::protocol::{
    AtlasId, AtlasOrder, AtlasQuery, AtlasSlot, Command, Export, FaceSource, Job, JobEvent, JobId, JobResult,
    Query, Slot,
};

/// Faces of a selection in a box, at most: beyond, a mean does not change any more.
const MOST_BOXED: usize = 2000;

impl State {
    /// Obstacle to drawing a map, in a sentence.
    pub fn atlas_problem(&self) -> Option<String> {
        self.settings.atlas.problem(self.model(), self.compare.form.inception.as_ref())
    }

    /// The map of the form.
    pub fn atlas_order(&self) -> AtlasOrder {
        self.settings.atlas.order(self.model(), self.compare.form.inception.as_ref())
    }

    /// Draws the map of the form.
    pub fn draw_atlas(&mut self) {
        if self.atlas_problem().is_some() || self.atlas.pending.is_some() {
            return;
        }
        let (order, model) = (self.atlas_order(), self.selected);
        let job = self.send(Command::Start(Job::DrawAtlas(Box::new(order.clone()))));
        self.atlas.pending = Some(PendingMap { job, order, model, cancelling: false });
    }

    /// Stops the drawing of the map.
    pub fn cancel_atlas(&mut self) {
        if let Some(pending) = &mut self.atlas.pending
            && !std::mem::replace(&mut pending.cancelling, true)
        {
            let job = pending.job;
            self.cancel_job(job);
        }
    }

    /// Takes in what a job tells, if it is that of the map.
    pub(in crate::gui::state) fn atlas_told(&mut self, job: JobId, event: &JobEvent) {
        let Some(pending) = self.atlas.pending.take_if(|pending| {
            let is_over =
                matches!(event, JobEvent::Finished(_) | JobEvent::Failed { .. } | JobEvent::Cancelled);
            pending.job == job && is_over
        }) else {
            return;
        };
        if let JobEvent::Finished(JobResult::AtlasDrawn(map)) = event {
            self.effects.push(Effect::IndexMap(map.clone(), pending.order, pending.model));
        }
    }

    /// A map is drawn and ready to be looked at.
    pub fn atlas_ready(&mut self, ready: ReadyMap) {
        if let Some(old) = self.atlas.shown.take().filter(|old| !self.is_boxed(old.map.id)) {
            self.send(Command::CloseAtlas(old.map.id));
        }
        let slots: Vec<Slot> =
            self.asked.keys().copied().filter(|slot| matches!(slot, Slot::Atlas(_))).collect();
        for slot in slots {
            self.asked.remove(&slot);
            self.queries.forget(slot);
        }
        let color = &self.settings.atlas.color;
        self.atlas.shown = Some(Box::new(ShownMap::new(ready, color)));
        self.atlas.subject = AtlasSubject::Data;
    }

    /// Whether faces of this map lie in a box of the direction in the making.
    fn is_boxed(&self, map: AtlasId) -> bool {
        let is_of = |source: &FaceSource| matches!(source, FaceSource::Atlas { atlas, .. } if *atlas == map);
        self.own_direction.boxes.iter().flatten().any(|face| is_of(&face.source))
    }

    /// The data set of the Atlas screen is another.
    pub fn map_of(&mut self, data: DataSource) {
        self.messages.say(t!("The next map is of %{data}", data = data).into_owned());
        self.settings.atlas.data = data;
        self.atlas.subject = AtlasSubject::Data;
        self.screen = Screen::Atlas;
    }

    /// Moves the sliders of Explore to the face that was clicked, in the model that the map was made with.
    pub fn explore_from_atlas(&mut self) {
        let Some(shown) = &self.atlas.shown else { return };
        let code = shown.face.as_ref().map(|face| face.code.clone()).filter(|code| !code.is_empty());
        let Some((code, model)) = code.zip(shown.model) else { return };
        if !self.models.iter().any(|open| open.id == model) {
            return self.messages.say(t!("The model that the map was made with is closed").into_owned());
        }
        self.select(model);
        self.explore_code(&code, Vec::new());
    }

    /// Opens the face that was clicked twice in Explore, once it is there.
    pub(in crate::gui::state) fn settle_atlas(&mut self) {
        let Some(shown) = self.atlas.shown.as_mut().filter(|shown| shown.face.is_some()) else { return };
        if std::mem::take(&mut shown.to_explore) {
            self.explore_from_atlas();
        }
    }

    /// Reason why the selection cannot be put into a box of a direction, or a walk, if it cannot.
    pub fn atlas_selection_problem(&self) -> Option<Cow<'static, str>> {
        let shown = self.atlas.shown.as_ref()?;
        if shown.selection.is_empty() {
            return Some(t!("Select some points first, with Box or Lasso"));
        }
        if !shown.map.has_model {
            return Some(t!("The map was made without a model that has codes for its points"));
        }
        (self.selected != shown.model)
            .then(|| t!("The model in use is not the one that the map was made with"))
    }

    /// Puts the selected faces into a box of the direction in the making.
    pub fn box_atlas_selection(&mut self, number: usize) {
        let (Some(shown), None) = (&self.atlas.shown, self.atlas_selection_problem()) else { return };
        let step = shown.selection.len().div_ceil(MOST_BOXED).max(1);
        let points: Vec<u32> = shown.selection.iter().copied().step_by(step).collect();
        let name = t!("%{n} faces of the map", n = points.len()).into_owned();
        let picture = shown.selected.as_ref().and_then(|selected| selected.means[0].clone());
        let source = FaceSource::Atlas { atlas: shown.map.id, points };
        self.own_direction.boxes[number].push(BoxedFace { source, picture, name });
        let words = t!("In the box “%{name}” of a new direction on Explore", name = tr(BOXES[number]));
        self.messages.say(words.into_owned());
    }

    /// Walks past some of the selected faces.
    pub fn walk_through_atlas_selection(&mut self) {
        let (Some(shown), None) = (&self.atlas.shown, self.atlas_selection_problem()) else { return };
        let (atlas, points) = (shown.map.id, shown.walk_keys());
        let slot = Slot::Atlas(AtlasSlot::Taken);
        let request =
            self.send(Command::Ask { slot, query: Query::Atlas { atlas, query: AtlasQuery::Faces(points) } });
        self.queries.ask(slot, request);
    }

    /// The codes of a walk through the selection are there.
    pub(super) fn take_walk_from_atlas(&mut self, codes: Vec<Vec<f32>>) {
        if codes.len() < 2 {
            return self
                .messages
                .say(t!("A walk needs two faces that differ; select more points").into_owned());
        }
        self.walk.put_codes(codes);
        self.screen = Screen::Interpolate;
    }

    /// The selected points, or all, as a table in a file.
    pub(in crate::gui::state) fn atlas_points(&self, file: PathBuf) -> Option<Export> {
        let shown = self.atlas.shown.as_ref()?;
        let points = (!shown.selection.is_empty()).then(|| shown.selection.clone());
        Some(Export::Atlas { atlas: shown.map.id, points, file })
    }

    /// The map as a plot in a file, coloured as it is seen.
    pub(in crate::gui::state) fn atlas_plot(&self, file: PathBuf) -> Option<Export> {
        let shown = self.atlas.shown.as_ref()?;
        Some(Export::Plot { plot: Box::new(shown.map.plot(shown.column())), file })
    }
}
