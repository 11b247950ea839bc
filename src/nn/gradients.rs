//! Going backward. candle fills a gradient with zeros and then adds to it, for every tensor that an
//! operation has; for weights, which seldom take part twice, that is memory cleared, read and written for
//! nothing. Our operations therefore hand the gradients of variables over past candle, as long as
//! [`backward`] runs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, TensorId};

use super::memory;

/// The results of a backward pass so far.
struct Pass {
    keeps_graph: bool,
    gradients: HashMap<TensorId, Tensor>,
}

thread_local! {
    static PASS: RefCell<Option<Pass>> = const { RefCell::new(None) };
}

/// Puts the pass that was under way before (the pool may run one while another waits) back in its place,
/// also after an error.
struct Begun(Option<Pass>);

impl Begun {
    fn new(keeps_graph: bool) -> Self {
        Self(PASS.replace(Some(Pass { keeps_graph, gradients: HashMap::new() })))
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        PASS.set(self.0.take());
    }
}

/// The gradients of a scalar with respect to all variables that it depends on. Frees what a
/// [`Stack`](super::Stack) has kept for it: a second pass through the same stack is an error.
pub fn backward(loss: &Tensor) -> Result<GradStore> {
    run(loss, false)
}

/// As [`backward`], for one of several scalars that depend on the same results.
pub fn backward_keeping_graph(loss: &Tensor) -> Result<GradStore> {
    run(loss, true)
}

fn run(loss: &Tensor, keeps_graph: bool) -> Result<GradStore> {
    let begun = Begun::new(keeps_graph);
    let mut store = loss.backward()?;
    let gradients = PASS.take().map(|pass| pass.gradients).unwrap_or_default();
    drop(begun);
    for (id, gradient) in gradients {
        let sum = match store.get_id(id) {
            Some(other) => (other + gradient)?.detach(),
            None => gradient,
        };
        store.insert_id(id, sum);
    }
    memory::free_unused();
    Ok(store)
}

/// Whether [`backward`] is under way on this thread, and if so whether there may be another one through
/// the same graph.
pub(super) fn pass_keeps_graph() -> Option<bool> {
    PASS.with_borrow(|pass| pass.as_ref().map(|pass| pass.keeps_graph))
}

/// An operation's answer to candle for its argument `of`: the gradient, or nothing if it is of a variable
/// and was handed over.
pub(super) fn hand_over(gradient: Option<Vec<f32>>, of: &Tensor) -> Result<Option<Tensor>> {
    let Some(gradient) = gradient else { return Ok(None) };
    let gradient = Tensor::from_vec(gradient, of.shape(), of.device())?;
    if !of.is_variable() {
        return Ok(Some(gradient));
    }
    PASS.with_borrow_mut(|pass| {
        let Some(pass) = pass else { return Ok(Some(gradient)) };
        match pass.gradients.entry(of.id()) {
            Entry::Occupied(mut sum) => {
                let more = (sum.get() + gradient)?;
                sum.insert(more);
            }
            Entry::Vacant(place) => {
                place.insert(gradient);
            }
        }
        Ok(None)
    })
}
