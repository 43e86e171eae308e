//! Damaged graphs: the importer neither panics nor allocates beyond a bound. A separate program, because it replaces the
//! allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use glif::NumberFormat;
use glif::nir::{Options, import};

struct Counting;

thread_local! {
    /// Bytes that this thread holds, and the most that it held.
    static HELD: Cell<(i64, i64)> = const { Cell::new((0, 0)) };
}

fn hold(bytes: i64) {
    let (held, most) = HELD.get();
    HELD.set((held + bytes, most.max(held + bytes)));
}

// SAFETY: every call is forwarded to `System` unchanged. Counting accesses a thread-local that has no destructor and does
// not allocate. Growing goes through `alloc` and `dealloc`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        hold(layout.size() as i64);
        // SAFETY: the caller guarantees for `layout` what `System` requires.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        hold(layout.size() as i64);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        hold(-(layout.size() as i64));
        // SAFETY: `pointer` was allocated by `System` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Returns the most bytes that a function held beyond those before it.
fn most<T>(of: impl FnOnce() -> T) -> i64 {
    let (before, _) = HELD.get();
    HELD.set((before, before));
    drop(of());
    HELD.get().1 - before
}

/// A generator of whole numbers: SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

/// Damages a file: some bytes, or a number of 8 bytes that may be a length or an address; or tears it.
fn damaged(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = file.to_vec();
    match random.below(10) {
        0 => bytes.truncate(random.below(file.len())),
        1..=3 => {
            let at = random.below(file.len() - 8);
            let value = [u64::MAX, 1 << 40, 1 << 31, 1 << 24, 0, 1 << 16][random.below(6)];
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        _ => {
            for _ in 0..1 + random.below(6) {
                let at = random.below(file.len());
                bytes[at] = random.below(256) as u8;
            }
        }
    }
    bytes
}

/// Bytes that a damaged graph of the test may take. An undamaged one takes at most 1 MiB.
const MOST: i64 = 8 << 20;

#[test]
fn damaged_graphs_neither_panic_nor_allocate_without_bound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/nir/graphs");
    let mut random = Random(29);
    let (mut refused, mut slowest, mut greatest) = (0, Duration::ZERO, 0);
    for name in ["ff_lzf", "rec_fixed", "delays", "avg_pool", "types"] {
        let file = std::fs::read(folder.join(format!("{name}.nir"))).unwrap();
        let whole = most(|| import(file.clone(), &options()).map(|_| ()).unwrap());
        assert!(whole < 1 << 20, "{name}: {whole} bytes");
        for number in 0..1000 {
            let bytes = damaged(&file, &mut random);
            let begun = Instant::now();
            let held = most(|| refused += usize::from(import(bytes, &options()).is_err()));
            slowest = slowest.max(begun.elapsed());
            greatest = greatest.max(held);
            assert!(held < MOST, "{name}, damage {number}: {held} bytes");
        }
    }
    assert!((1000..5000).contains(&refused), "{refused}");
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    println!("{refused} of 5000 refused, {greatest} bytes at most, {slowest:?} at most");
}

fn options() -> Options {
    let mut options = Options::new(1.0);
    options.scalar = NumberFormat::F64;
    options
}
