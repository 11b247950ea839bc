//! One source, three instruction sets on x86-64. Elsewhere there is but one, that of the target: NEON on ARM.

#[cfg(target_arch = "x86_64")]
mod instruction_set;
#[cfg(target_arch = "x86_64")]
pub use instruction_set::{InstructionSet, instruction_set};

/// Compiles a function for the baseline, for AVX2 with FMA and for AVX-512, and picks at run time.
/// The bodies are plain loops: the compiler vectorises each copy for its instruction set.
macro_rules! simd {
    ($(#[$meta:meta])* pub fn $name:ident($($arg:ident : $ty:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments)]
        pub fn $name($($arg: $ty),*) {
            #[inline(always)]
            #[allow(clippy::too_many_arguments)]
            fn body($($arg: $ty),*) $body
            #[cfg(target_arch = "x86_64")]
            {
                use $crate::nn::simd::{InstructionSet, instruction_set};
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
                #[allow(clippy::too_many_arguments)]
                fn avx512($($arg: $ty),*) { body($($arg),*) }
                #[target_feature(enable = "avx2,fma")]
                #[allow(clippy::too_many_arguments)]
                fn avx2($($arg: $ty),*) { body($($arg),*) }
                match instruction_set() {
                    // SAFETY: it is at most what was detected, and that every feature enabled above was.
                    InstructionSet::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    InstructionSet::Avx2 => return unsafe { avx2($($arg),*) },
                    InstructionSet::Portable => {}
                }
            }
            body($($arg),*)
        }
    };
}
pub(crate) use simd;
