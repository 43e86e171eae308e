// The parts of an ELF file that a flasher writes.

const PT_LOAD = 1;
const EM_ARM = 40;
const HEADER = 52;
const PROGRAM_HEADER = 32;

/**
 * Returns the non-empty segments of a 32-bit little-endian ELF file for Arm.
 *
 * @param {Buffer} file
 * @returns {{address: number, bytes: Buffer}[]} `address` is the physical address, where a flasher writes the bytes.
 * @throws {Error} if the file is not such an ELF file, or ends before its segments do.
 */
export function segments(file) {
  const isElf = file.length >= HEADER && file.readUInt32BE(0) === 0x7f454c46;
  if (!isElf || file[4] !== 1 || file[5] !== 1 || file.readUInt16LE(18) !== EM_ARM) {
    throw new Error('not a 32-bit ELF file for Arm');
  }
  const [start, size, count] = [file.readUInt32LE(28), file.readUInt16LE(42), file.readUInt16LE(44)];
  if (size < PROGRAM_HEADER || start + size * count > file.length) {
    throw new Error('the ELF file ends within its program headers');
  }
  const found = [];
  for (let at = start; at < start + size * count; at += size) {
    const [type, offset, , address, length] = [0, 4, 8, 12, 16].map((field) => file.readUInt32LE(at + field));
    if (type !== PT_LOAD || length === 0) continue;
    if (offset + length > file.length) throw new Error('the ELF file ends within a segment');
    found.push({ address, bytes: file.subarray(offset, offset + length) });
  }
  return found;
}
