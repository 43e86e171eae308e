//! Functions that are compiled for several instruction sets; a program selects one at run time.

/// Compiles a function for AVX-512, for AVX2 and for the baseline of the architecture.
///
/// All versions round alike: no operations are fused.
macro_rules! vectorised {
    ($($function:tt)*) => {
        #[multiversion::multiversion(targets(
            "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+bmi1+bmi2+lzcnt+popcnt",
            "x86_64+avx2+bmi1+bmi2+lzcnt+popcnt",
        ))]
        $($function)*
    };
}
pub(crate) use vectorised;
