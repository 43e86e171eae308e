//! The memory that Linux control groups leave to this process: the limit of a container, and those of the
//! groups around it.
//!
//! A control group counts the page cache as used, but the kernel frees it when a process needs memory. It
//! counts as free here, so that files read before do not change the answer.

use std::path::Path;

use super::sum;

/// Returns the bytes that a process may still take, swap included; `None` if no control group limits it.
///
/// `swap` is the free swap of the machine. `read` returns the text of a file.
pub(super) fn free(swap: u64, read: impl Fn(&Path) -> Option<String>) -> Option<u64> {
    let (groups, mounts) = (read("/proc/self/cgroup".as_ref())?, read("/proc/self/mountinfo".as_ref())?);
    let group = |line: &str| {
        // Lines are hierarchy:controllers:path. Version 2 has no controllers.
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let unified = controllers.is_empty();
        let limits_memory = unified || controllers.split(',').any(|name| name == "memory");
        let (root, mount) = mounts.lines().filter(|_| limits_memory).find_map(|line| mounted(line, unified))?;
        // A container may see only its own group, mounted as if it were the outermost.
        let folder = mount.join(Path::new(path).strip_prefix(root).unwrap_or(Path::new("")));
        let levels = folder.ancestors().take_while(|folder| folder.starts_with(mount));
        let limits = levels.filter_map(|folder| {
            let text = |name: &str| read(&folder.join(name));
            if unified { of_unified(swap, text) } else { of_memory(swap, text) }
        });
        limits.min()
    };
    groups.lines().filter_map(group).min()
}

/// Returns the root and the path of a control group mount, from a line of `/proc/self/mountinfo`.
fn mounted(line: &str, unified: bool) -> Option<(&str, &Path)> {
    let (place, kind) = line.split_once(" - ")?;
    let mut place = place.split(' ').skip(3);
    let (root, mount) = (place.next()?, place.next()?);
    let mut kind = kind.split(' ');
    let right = match kind.next()? {
        "cgroup2" => unified,
        "cgroup" => !unified && kind.nth(1)?.split(',').any(|option| option == "memory"),
        _ => false,
    };
    right.then(|| (root, Path::new(mount)))
}

/// Returns the bytes that a group of version 2 leaves.
fn of_unified(swap: u64, text: impl Fn(&str) -> Option<String>) -> Option<u64> {
    let value = |name: &str| number(&text(name)?);
    let cache = sum(&text("memory.stat").unwrap_or_default(), &["inactive_file", "active_file", "slab_reclaimable"]);
    let left = left(value("memory.max")?, value("memory.current")?, cache);
    let swapped = value("memory.swap.current").unwrap_or(0);
    let swap_left = value("memory.swap.max").map_or(swap, |limit| swap.min(limit.saturating_sub(swapped)));
    Some(left.saturating_add(swap_left))
}

/// Returns the bytes that a group of version 1 leaves. Its second limit is on memory and swap together.
fn of_memory(swap: u64, text: impl Fn(&str) -> Option<String>) -> Option<u64> {
    let value = |name: &str| number(&text(name)?);
    let cache = sum(&text("memory.stat").unwrap_or_default(), &["total_inactive_file", "total_active_file"]);
    let memory = left(value("memory.limit_in_bytes")?, value("memory.usage_in_bytes")?, cache).saturating_add(swap);
    let both = value("memory.memsw.limit_in_bytes").zip(value("memory.memsw.usage_in_bytes"));
    Some(both.map_or(memory, |(limit, usage)| memory.min(left(limit, usage, cache))))
}

/// Returns the bytes that a limit leaves, where `cache` is the reclaimable part of `usage`.
fn left(limit: u64, usage: u64, cache: u64) -> u64 {
    limit.saturating_sub(usage.saturating_sub(cache))
}

/// Parses a number; `None` for `max`, which means no limit.
fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const GB: u64 = 1 << 30;

    /// Returns the free memory of a system with these files and 5 GB of swap.
    fn free_of(files: &[(&str, &str)]) -> Option<u64> {
        let files: HashMap<&Path, &str> = files.iter().map(|(path, text)| (Path::new(*path), *text)).collect();
        free(5 * GB, |path| files.get(path).map(|text| (*text).to_owned()))
    }

    const UNIFIED: (&str, &str) = (
        "/proc/self/mountinfo",
        "25 30 0:23 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n\
         35 25 0:30 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n",
    );

    /// 8 GB with 7 GB used: 4 GB by files that were read once, 2 GB by files that were read more often.
    #[test]
    fn file_cache_counts_as_free() {
        let stat = "anon 1000000000\nfile 6442450944\nshmem 5\ninactive_file 4294967296\nactive_file 2147483648\n";
        let mut files = vec![
            UNIFIED,
            ("/proc/self/cgroup", "0::/\n"),
            ("/sys/fs/cgroup/memory.max", "8589934592\n"),
            ("/sys/fs/cgroup/memory.current", "7516192768\n"),
            ("/sys/fs/cgroup/memory.stat", stat),
            ("/sys/fs/cgroup/memory.swap.max", "0\n"),
            ("/sys/fs/cgroup/memory.swap.current", "0\n"),
        ];
        assert_eq!(free_of(&files), Some(7 * GB));
        files[5].1 = "3221225472\n"; // 3 GB of swap with 1 GB used
        files[6].1 = "1073741824\n";
        assert_eq!(free_of(&files), Some(9 * GB));
        files[5].1 = "max\n"; // all swap of the machine
        assert_eq!(free_of(&files), Some(12 * GB));
        files[2].1 = "max\n";
        assert_eq!(free_of(&files), None);
    }

    /// The innermost group has no limit; one around it has 4 GB, and the outermost has 16 GB.
    #[test]
    fn the_tightest_of_nested_groups_counts() {
        let files = [
            UNIFIED,
            ("/proc/self/cgroup", "0::/user.slice/session.scope\n"),
            ("/sys/fs/cgroup/user.slice/session.scope/memory.max", "max\n"),
            ("/sys/fs/cgroup/user.slice/session.scope/memory.current", "1073741824\n"),
            ("/sys/fs/cgroup/user.slice/memory.max", "4294967296\n"),
            ("/sys/fs/cgroup/user.slice/memory.current", "3221225472\n"),
            ("/sys/fs/cgroup/user.slice/memory.stat", "inactive_file 1073741824\n"),
            ("/sys/fs/cgroup/user.slice/memory.swap.max", "0\n"),
            ("/sys/fs/cgroup/memory.max", "17179869184\n"),
            ("/sys/fs/cgroup/memory.current", "3221225472\n"),
        ];
        assert_eq!(free_of(&files), Some(2 * GB));
    }

    /// Version 1, in a container that sees its own group as the outermost. 1 GB of the remaining 6 GB may be swap.
    #[test]
    fn a_container_under_version_1() {
        let mut files = vec![
            (
                "/proc/self/mountinfo",
                "41 40 0:37 /docker/5f /sys/fs/cgroup/pids ro - cgroup pids rw,pids\n\
                 42 40 0:38 /docker/5f /sys/fs/cgroup/memory ro,nosuid master:17 - cgroup memory rw,memory\n\
                 43 40 0:39 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
            ),
            ("/proc/self/cgroup", "11:pids:/docker/5f\n4:cpu,memory:/docker/5f\n0::/\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "8589934592\n"),
            ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "6442450944\n"),
            (
                "/sys/fs/cgroup/memory/memory.stat",
                "cache 9\ninactive_file 9\ntotal_inactive_file 2147483648\ntotal_active_file 1073741824\n",
            ),
            ("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", "9663676416\n"),
            ("/sys/fs/cgroup/memory/memory.memsw.usage_in_bytes", "6442450944\n"),
        ];
        assert_eq!(free_of(&files), Some(6 * GB));
        files[5].1 = "9223372036854771712\n"; // no limit on both together
        assert_eq!(free_of(&files), Some(10 * GB));
        // The path is one of another namespace, and the mount is what the container sees.
        files[1].1 = "4:memory:/kubepods/pod7\n";
        assert_eq!(free_of(&files), Some(10 * GB));
    }

    #[test]
    fn missing_and_unreadable_groups_are_no_limit() {
        assert_eq!(free_of(&[]), None);
        assert_eq!(free_of(&[UNIFIED, ("/proc/self/cgroup", "0::/a\n\nx\n1:cpu:/\n4:memory:/\n")]), None);
        let odd = [UNIFIED, ("/proc/self/cgroup", "0::/\n"), ("/sys/fs/cgroup/memory.max", "much\n")];
        assert_eq!(free_of(&odd), None);
    }
}
