// `node --test test.mjs`: the loader, and the chip with images of a few instructions. What the node's image does in it is for
// `cargo xtask hil --board rp2040` to prove.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Chip } from './chip.mjs';
import { segments } from './elf.mjs';

const FLASH = 0x10000000;
const UART0_DR = 0x40034000;
const AIRCR = 0xe000ed0c;
const SYSRESETREQ = 0x05fa0004;
const WATCHDOG_CTRL = 0x40058000;
const TRIGGER = 0x80000000;

/** Vectors, and a program that sends `A` by UART0, writes a word to a register, and waits for ever. */
function program(register, word) {
  const bytes = Buffer.alloc(0x24);
  [0x20040000, FLASH + 0x109].forEach((value, i) => bytes.writeUInt32LE(value, 4 * i));
  // ldr r2, [0x18]; movs r3, 'A'; str r3, [r2]; ldr r0, [0x1c]; ldr r1, [0x20]; str r1, [r0]; b .; nop
  const code = [0x4a03, 0x2341, 0x6013, 0x4803, 0x4903, 0x6001, 0xe7fe, 0x46c0];
  code.forEach((instruction, i) => bytes.writeUInt16LE(instruction, 8 + 2 * i));
  [UART0_DR, register, word].forEach((value, i) => bytes.writeUInt32LE(value >>> 0, 0x18 + 4 * i));
  return { address: FLASH + 0x100, bytes };
}

/** An ELF file for Arm with one segment. */
function elf({ address, bytes }) {
  const file = Buffer.concat([Buffer.alloc(52 + 32), bytes]);
  file.writeUInt32BE(0x7f454c46, 0);
  [file[4], file[5]] = [1, 1];
  file.writeUInt16LE(40, 18);
  file.writeUInt32LE(52, 28);
  file.writeUInt16LE(32, 42);
  file.writeUInt16LE(1, 44);
  [1, 84, address, address, bytes.length].forEach((value, i) => file.writeUInt32LE(value, 52 + 4 * i));
  return file;
}

/** What a chip with these segments has sent after so many instructions. */
function sent(loaded, instructions) {
  const text = [];
  const hooks = { sent: (byte) => text.push(byte), edge() {}, warned() {} };
  const chip = new Chip(loaded, hooks);
  for (let i = 0; i < instructions; i++) chip.run(1);
  return Buffer.from(text).toString();
}

test('an image is found in its ELF file and runs', () => {
  const image = program(UART0_DR, 0x42);
  const loaded = segments(elf(image));
  assert.deepEqual(loaded, [image]);
  assert.equal(sent(loaded, 100), 'AB');
});

test('a reset starts the image anew', () => {
  for (const [register, word] of [[AIRCR, SYSRESETREQ], [WATCHDOG_CTRL, TRIGGER]]) {
    assert.equal(sent([program(register, word)], 18), 'AAA');
  }
  // Without the bit nothing happens.
  assert.equal(sent([program(AIRCR, 0x05fa0000)], 100), 'A');
});

test('what is no image of this chip is refused', () => {
  const file = elf(program(UART0_DR, 0));
  assert.throws(() => segments(Buffer.from('UF2\n')), /not a 32-bit ELF file for Arm/);
  const other = Buffer.from(file);
  other.writeUInt16LE(243, 18);
  assert.throws(() => segments(other), /not a 32-bit ELF file for Arm/);
  for (let length = 52; length < file.length; length++) {
    assert.throws(() => segments(file.subarray(0, length)), /the ELF file ends within/, `${length} bytes`);
  }
  assert.throws(() => sent([{ address: 0x20000000, bytes: Buffer.alloc(4) }], 1), /0x20000000 is not in flash/);
  assert.throws(() => sent([{ address: 0x10ffffff, bytes: Buffer.alloc(4) }], 1), /0x10ffffff is not in flash/);
  assert.throws(() => sent([], 1), /no vector table at 0x10000100/);
});

test('wrong usage and a file that is not there are told apart', () => {
  const run = (...words) => {
    const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('run.mjs', import.meta.url)), ...words]);
    return [status, stderr.toString()];
  };
  assert.deepEqual(run()[0], 2);
  assert.match(run('--nothing')[1], /^error: /);
  const [status, said] = run('none.elf');
  assert.equal(status, 1);
  assert.match(said, /^error: `none.elf`: ENOENT/);
});
