// `node --test test.mjs` tests the loader, and the chip with images of a few instructions. `cargo xtask
// verify --board rp2040` tests the node's image in this emulator.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Chip } from './chip.mjs';
import { segments } from './elf.mjs';

const FLASH = 0x10000000;
const SYST_CSR = 0xe000e010;
const UART0_DR = 0x40034000;
const AIRCR = 0xe000ed0c;
const SYSRESETREQ = 0x05fa0004;
const WATCHDOG_CTRL = 0x40058000;
const TRIGGER = 0x80000000;

/** Returns an image: vectors, a program, and after it the words that it loads. */
function assembled(code, words) {
  const end = 8 + 2 * code.length;
  const bytes = Buffer.alloc(end + 4 * words.length);
  [0x20040000, FLASH + 0x109].forEach((value, i) => bytes.writeUInt32LE(value, 4 * i));
  code.forEach((instruction, i) => bytes.writeUInt16LE(instruction, 8 + 2 * i));
  words.forEach((value, i) => bytes.writeUInt32LE(value >>> 0, end + 4 * i));
  return { address: FLASH + 0x100, bytes };
}

/** Returns a program that sends `A` through UART0, writes a word to a register, and loops forever. */
function program(register, word) {
  // ldr r2, UART0_DR; movs r3, 'A'; str r3, [r2]; ldr r0, register; ldr r1, word; str r1, [r0]; b .; nop
  const code = [0x4a03, 0x2341, 0x6013, 0x4803, 0x4903, 0x6001, 0xe7fe, 0x46c0];
  return assembled(code, [UART0_DR, register, word]);
}

/** Returns a program that sleeps with interrupts masked until SysTick has counted 1,000 cycles, and then sends `Z`. */
function sleeper() {
  // ldr r0, SYST_CSR; ldr r1, 1000; str r1, [r0, #4]; str r1, [r0, #8]; movs r1, 5; str r1, [r0]; movs r1, 7; str r1, [r0]
  const start = [0x4806, 0x4907, 0x6041, 0x6081, 0x2105, 0x6001, 0x2107, 0x6001];
  // cpsid i; wfi; ldr r2, UART0_DR; movs r3, 'Z'; str r3, [r2]; b .
  return assembled([...start, 0xb672, 0xbf30, 0x4a03, 0x235a, 0x6013, 0xe7fe], [SYST_CSR, 1000, UART0_DR]);
}

/** Returns an ELF file for Arm with one segment. */
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

/** Returns what a chip with these segments sends within `instructions` instructions. */
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
  // Without the bit there is no reset.
  assert.equal(sent([program(AIRCR, 0x05fa0000)], 100), 'A');
});

test('a core sleeps until its timer wakes it', () => {
  const text = [];
  const chip = new Chip([sleeper()], { sent: (byte) => text.push(byte), edge() {}, warned() {} });
  const asleep = chip.run(100);
  // 1,000 cycles of 8 ns, minus those before the sleep.
  assert.ok(asleep > 7000 && asleep <= 8000, `${asleep} ns`);
  assert.equal(chip.run(100), asleep);
  chip.pass(asleep / 2);
  assert.ok(Math.abs(chip.run(100) - asleep / 2) < 1);
  assert.deepEqual(text, []);
  chip.pass(asleep);
  assert.equal(chip.run(100), 0);
  assert.equal(Buffer.from(text).toString(), 'Z');
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

test('wrong usage and a file that is not there have exit codes of their own', () => {
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
