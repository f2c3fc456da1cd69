//! Wider vectors where the processor has them; the result is the same to the bit.

/// Defines `$name` so that its body also exists compiled for AVX2 and for AVX-512 with byte permutations, both with fused
/// multiplication and addition for `mul_add`, chosen when it runs.
macro_rules! widened {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        $vis fn $name($($arg: $ty),*) {
            #[inline(always)]
            fn plain($($arg: $ty),*) $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn wide($($arg: $ty),*) {
                    plain($($arg),*);
                }
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,fma")]
                fn wider($($arg: $ty),*) {
                    plain($($arg),*);
                }
                if $crate::base::simd::has_avx512() {
                    #[expect(unsafe_code, reason = "calling a function that needs AVX-512")]
                    // SAFETY: the check above confirmed that the processor has all required features.
                    unsafe { wider($($arg),*) }
                    return;
                }
                if std::arch::is_x86_feature_detected!("avx2")
                    && std::arch::is_x86_feature_detected!("fma")
                {
                    #[expect(unsafe_code, reason = "calling a function that needs AVX2")]
                    // SAFETY: the checks above confirmed that the processor has both.
                    unsafe { wide($($arg),*) }
                    return;
                }
            }
            plain($($arg),*);
        }
    };
}

pub(crate) use widened;

/// True if the processor has the AVX-512 features used here.
#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx512() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("avx512vbmi")
        && has!("avx512bw")
        && has!("avx512dq")
        && has!("avx512vl")
        && has!("avx512f")
        && has!("fma")
}
