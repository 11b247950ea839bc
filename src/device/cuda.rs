//! CUDA devices: looking for the libraries before one is opened, asking it, setting it up.

use std::ffi::c_void;

use candle_core::cuda_backend::cudarc::driver::{CudaContext, sys};
use candle_core::{CudaDevice, Device};

use super::memory::DeviceMemory;

/// The libraries that a first use needs, where they are looked for when the program runs (`.ci/build-cuda`).
/// Where they are linked the program would not have started without them.
pub(super) fn check_libraries() -> Result<(), String> {
    #[cfg(feature = "dynamic-loading")]
    {
        use candle_core::cuda_backend::cudarc::{cublas, curand};
        // SAFETY: each loads a library of NVIDIA's, whose initialisers have no preconditions, or finds none.
        let (driver, others) = unsafe {
            let others = [
                ("libcublas", cublas::sys::is_culib_present()),
                ("libcurand", curand::sys::is_culib_present()),
                #[cfg(feature = "cudnn")]
                ("libcudnn", candle_core::cuda_backend::cudarc::cudnn::sys::is_culib_present()),
            ];
            (sys::is_culib_present(), others)
        };
        if !driver {
            return Err("there is no NVIDIA driver (libcuda is missing)".into());
        }
        let missing: Vec<&str> = others.iter().filter(|(_, found)| !found).map(|(name, _)| *name).collect();
        if !missing.is_empty() {
            return Err(format!(
                "{} of CUDA cannot be found; put the folder of CUDA's libraries into LD_LIBRARY_PATH",
                missing.join(" and ")
            ));
        }
    }
    Ok(())
}

/// Sets a fresh device up, and gives the card's name.
pub(super) fn prepare(device: &Device) -> Result<String, String> {
    let cuda = device.as_cuda_device().map_err(|error| error.to_string())?;
    // SAFETY: what is made from here on must not be used on two streams without waiting. A handle has one
    // stream, on which candle puts all its work in order, and tensors do not go from handle to handle (see the
    // room's documentation). So the events that cudarc would record around every use, which are to order
    // streams among each other, are not needed.
    unsafe { cuda.disable_event_tracking() };
    let context = cuda.cuda_stream().context().clone();
    keep_freed_memory(&context);
    context.name().map_err(|error| error.to_string())
}

/// Lets the driver keep freed memory for the next allocation. Otherwise it gives it back to the system at every
/// wait for the card, of which a training step has some, and fetches it again. A driver that does not take
/// these settings is slower and as right.
fn keep_freed_memory(context: &CudaContext) {
    let Some(pool) = pool(context) else { return };
    let (mut keep, mut wait) = (u64::MAX, 0i32);
    let (keep, wait): (*mut c_void, *mut c_void) = ((&raw mut keep).cast(), (&raw mut wait).cast());
    // SAFETY: the pool is the device's own, which is never destroyed; the values live to the end of the calls and
    // have the types that the driver's documentation says: a 64-bit number for the threshold, an int for the
    // other.
    unsafe {
        sys::cuMemPoolSetAttribute(pool, sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, keep);
        // No stream is made to wait for another one to get its freed memory.
        let dependencies = sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES;
        sys::cuMemPoolSetAttribute(pool, dependencies, wait);
    }
}

/// Undoes for the moment what the settings of [`prepare`] have gathered.
pub(super) fn give_memory_back(cuda: &CudaDevice) {
    let stream = cuda.cuda_stream();
    // What was freed is the pool's when the work before it is done; it also makes the context this thread's.
    if stream.synchronize().is_ok()
        && let Some(pool) = pool(stream.context())
    {
        // SAFETY: the pool is the device's own, which is never destroyed; what is in use stays.
        unsafe { sys::cuMemPoolTrimTo(pool, 0) };
    }
}

/// The pool that a device's tensors come from, if it has one.
fn pool(context: &CudaContext) -> Option<sys::CUmemoryPool> {
    if !context.has_async_alloc() {
        return None;
    }
    let mut pool = std::ptr::null_mut();
    // SAFETY: the context is alive, and so is its device; the pool is written to a variable of its type.
    let status = unsafe { sys::cuDeviceGetDefaultMemPool(&mut pool, context.cu_device()) };
    (status == sys::CUresult::CUDA_SUCCESS).then_some(pool)
}

/// An error that no result could carry.
pub(super) fn check(cuda: &CudaDevice) -> candle_core::Result<()> {
    cuda.cuda_stream().context().check_err().map_err(candle_core::Error::wrap)
}

/// None if the driver does not say.
pub(super) fn memory(cuda: &CudaDevice) -> Option<DeviceMemory> {
    let (free, total) = cuda.cuda_stream().context().mem_get_info().ok()?;
    Some(DeviceMemory { used: total.saturating_sub(free) as u64, total: total as u64 })
}
