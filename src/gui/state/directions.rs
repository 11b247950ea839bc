//! Directions of the model in use: made, renamed, removed, kept with it.

use rust_i18n::t;

use super::faces::Face;
use super::messages::{Notice, Severity};
use super::own_direction::BoxedFace;
use super::{Command, State};
use crate::gui::said::said;
use crate::report::{Direction, DirectionMethod};
use crate::worker::protocol::{
    DirectionsOrder, FaceSource, Job, JobEvent, JobId, JobResult, ModelId, ModelSource, Slot,
};

impl State {
    /// The face that Explore shows, without edits.
    pub fn face_now(&self) -> Option<Face> {
        let explore = self.explore()?;
        let shown = if explore.is_edited() { explore.unedited.as_ref() } else { None };
        let picture = shown.or(explore.picture.as_ref())?.clone();
        Some(Face { point: explore.code(), picture })
    }

    /// Puts a face into a box of the direction in the making.
    pub fn box_face(&mut self, number: usize, face: Face) {
        let name = t!("Face %{number}", number = self.own_direction.boxes[number].len() + 1).into_owned();
        let boxed = BoxedFace { source: FaceSource::Point(face.point), picture: Some(face.picture), name };
        self.own_direction.boxes[number].push(boxed);
    }

    /// Puts a photo of the session into a box of the direction in the making.
    pub fn box_photo(&mut self, number: usize, id: u32) {
        let Some(photo) = self.reconstruct.photo(id) else { return };
        let source = FaceSource::Photo { photo: id, crop: photo.crop };
        let (picture, name) = (Some(photo.preview.clone()), photo.info.name.clone());
        self.own_direction.boxes[number].push(BoxedFace { source, picture, name });
    }

    /// Asks for the direction between the two boxes.
    pub fn make_own_direction(&mut self) {
        let (Some(model), true) = (self.selected, self.own_direction.is_ready()) else { return };
        let name = self.free_name(self.own_direction.name.trim());
        self.own_direction.awaited = Some(name);
        let query = self.own_direction.query(model);
        let request = self.send(Command::Ask { slot: Slot::Direction, query });
        self.queries.ask(Slot::Direction, request);
    }

    /// The direction between the two boxes is there.
    pub(super) fn take_direction(&mut self, vector: Vec<f32>) {
        let Some(name) = self.own_direction.awaited.take() else { return };
        let Some(model) = self.selected else { return };
        self.add_directions(
            model,
            vec![Direction {
                name,
                method: DirectionMethod::Yours,
                vector,
                quality: None,
                variance: None,
                range: None,
            }],
        );
        self.own_direction = Default::default();
    }

    /// Adds directions to those of a model; one of a name that there is already takes its place.
    pub fn add_directions(&mut self, model: ModelId, new: Vec<Direction>) {
        let Some(explore) = self.explores.get_mut(&model) else { return };
        let mut all = explore.directions().to_vec();
        for direction in new {
            match all.iter_mut().find(|known| known.name.eq_ignore_ascii_case(&direction.name)) {
                Some(known) => *known = direction,
                None => all.push(direction),
            }
        }
        explore.set_directions(all);
        self.keep_directions(model);
    }

    /// Gives a direction another name; nothing, if that is empty or taken.
    pub fn rename_direction(&mut self, direction: usize, name: &str) {
        let name = name.trim();
        let Some(explore) = self.explore_mut() else { return };
        let taken =
            |(at, other): (usize, &Direction)| at != direction && other.name.eq_ignore_ascii_case(name);
        if name.is_empty() || explore.directions().iter().enumerate().any(taken) {
            return;
        }
        explore.rename(direction, name);
        self.selected.into_iter().for_each(|model| self.keep_directions(model));
    }

    /// Takes a direction out of those of the model.
    pub fn remove_direction(&mut self, direction: usize) {
        let Some(explore) = self.explore_mut() else { return };
        let mut all = explore.directions().to_vec();
        if direction < all.len() {
            all.remove(direction);
            explore.set_directions(all);
            self.selected.into_iter().for_each(|model| self.keep_directions(model));
        }
    }

    /// The order that the form for directions stands for; none without a model.
    pub fn directions_order(&self) -> Option<DirectionsOrder> {
        let form = &self.directions_form;
        Some(DirectionsOrder {
            model: match &self.model()?.source {
                ModelSource::Shipped(name) => name.into(),
                ModelSource::File(path) => path.clone(),
            },
            method: form.method,
            data: form.data.clone(),
            table: None,
            only: Vec::new(),
            pairs: false,
            count: None,
            images: DirectionsOrder::IMAGES,
            seed: 0,
        })
    }

    /// Finds directions as the form says, or puts that in the queue.
    pub fn fit_directions(&mut self) {
        let (Some(model), Some(order)) = (self.selected, self.directions_order()) else { return };
        if self.directions_form.work.is_none() {
            let job = self.send(Command::Start(Job::FitDirections(order)));
            self.directions_form.work = Some((job, model));
        }
    }

    /// News of a job, which may be that of directions.
    pub(super) fn directions_told(&mut self, job: JobId, event: &JobEvent) {
        let Some((_, model)) = self.directions_form.work.filter(|(own, _)| *own == job) else { return };
        match event {
            JobEvent::Finished(JobResult::DirectionsFitted(fitted)) => {
                self.directions_form.work = None;
                if !fitted.left_out.is_empty() {
                    let left_out: Vec<_> = fitted.left_out.iter().map(|why| said(why)).collect();
                    let words = t!("No direction for %{what}", what = left_out.join("; ")).into_owned();
                    self.messages.notice(Notice { severity: Severity::Warning, message: words });
                }
                self.add_directions(model, fitted.set.directions.clone());
            }
            JobEvent::Finished(_) | JobEvent::Failed { .. } | JobEvent::Cancelled => {
                self.directions_form.work = None;
            }
            _ => (),
        }
    }

    /// `wanted`, or what there is not yet of "Direction 1", "Direction 2" and so on.
    fn free_name(&self, wanted: &str) -> String {
        let directions = self.explore().map(|explore| explore.directions()).unwrap_or_default();
        let is_free = |name: &str| !directions.iter().any(|known| known.name.eq_ignore_ascii_case(name));
        let unnamed = t!("Direction");
        let base = if wanted.is_empty() { &*unnamed } else { wanted };
        let numbered = (1..).map(|number| format!("{base} {number}"));
        let plain = (!wanted.is_empty()).then(|| wanted.to_owned());
        plain.into_iter().chain(numbered).find(|name| is_free(name)).unwrap_or_default()
    }

    /// Keeps the directions with the model, for the next start.
    fn keep_directions(&mut self, model: ModelId) {
        let Some(explore) = self.explores.get(&model) else { return };
        let directions = explore.directions().to_vec();
        self.send(Command::SaveDirections { model, directions });
    }
}
