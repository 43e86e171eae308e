#!/usr/bin/env node
// Runs an image in an emulated RP2040. UART0 is standard input and output.
//
//     node run.mjs [--pins FILE] IMAGE.elf
//     node run.mjs --version
//
// It exits when its output is closed. It also exits when its input has ended and the image has sent nothing
// for a second.

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { segments } from './elf.mjs';

const USAGE = 'node run.mjs [--pins FILE] [--verbose] IMAGE.elf, or node run.mjs --version';
/** Instructions between two checks of input and output: about a millisecond of host time. */
const SLICE = 10_000;
/** Instructions between two checks whether the UART accepts more. */
const STRIDE = 200;
/** Bytes of input to queue for the UART. Input is paused while more are queued. */
const WAITING = 4096;
/** Silence after the end of input before the script exits, ms. */
const SILENCE = 1000;
/** Longest sleep of the core before the script checks input and output, ms. */
const NAP = 100;

function fail(text) {
  process.stderr.write(`error: ${text}\n`);
  process.exit(1);
}

function options() {
  const known = { pins: { type: 'string' }, verbose: { type: 'boolean' }, version: { type: 'boolean' } };
  try {
    const { values, positionals } = parseArgs({ options: known, allowPositionals: true });
    if (!values.version && positionals.length !== 1) throw new Error(`one image must be named: ${USAGE}`);
    return { ...values, image: positionals[0] };
  } catch (error) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exit(2);
  }
}

async function emulator() {
  try {
    return await import('./chip.mjs');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    fail('rp2040js is not installed; `cargo xtask setup`, or `npm ci` in firmware/boards/rp/emulator, installs it');
  }
}

function image(path) {
  try {
    return segments(readFileSync(path));
  } catch (error) {
    fail(`\`${path}\`: ${error.message}`);
  }
}

function opened(path) {
  try {
    return openSync(path, 'w');
  } catch (error) {
    fail(`--pins \`${path}\`: ${error.message}`);
  }
}

const { pins, verbose, version, image: path } = options();
if (version) {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url)));
  console.log(`rp2040js ${dependencies.rp2040js} on Node.js ${process.version}`);
  process.exit(0);
}
const loaded = image(path);
const { Chip } = await emulator();

const log = pins === undefined ? undefined : opened(pins);
let edges = '';
let output = [];
const warnings = new Set();
const hooks = {
  sent: (byte) => output.push(byte),
  edge: (nanos, pin, high) => {
    if (log !== undefined) edges += `${Math.round(nanos)} ${pin} ${high ? 1 : 0}\n`;
  },
  warned: (text) => {
    if (verbose && !warnings.has(text)) process.stderr.write(`${text}\n`);
    if (verbose) warnings.add(text);
  },
};

let chip;
try {
  chip = new Chip(loaded, hooks);
} catch (error) {
  fail(`\`${path}\`: ${error.message}`);
}

const input = [];
let ended = false;
let heard = Date.now();
/** Ends the sleep of the core, if it is asleep. */
let wake = () => {};
process.stdin.on('data', (bytes) => {
  input.push(...bytes);
  if (input.length > WAITING) process.stdin.pause();
  wake();
});
process.stdin.on('end', () => (ended = true));
// The reader has closed the output.
process.stdout.on('error', () => process.exit(0));

/** Runs one slice. Returns how long the core sleeps after it, ns. */
function slice() {
  let asleep = 0;
  for (let done = 0; done < SLICE; done += STRIDE) {
    chip.feed(input);
    asleep = chip.run(STRIDE);
    if (asleep > 0 && !chip.feed(input)) break;
  }
  if (edges) {
    // Written before the output, so that whoever has read a reply finds its pulses in the file.
    writeSync(log, edges);
    edges = '';
  }
  if (output.length > 0) {
    process.stdout.write(Uint8Array.from(output));
    output = [];
    heard = Date.now();
  }
  if (input.length <= WAITING && process.stdin.isPaused()) process.stdin.resume();
  if (input.length > 0) heard = Date.now();
  if (ended && Date.now() - heard > SILENCE) {
    if (log !== undefined) closeSync(log);
    process.exit(0);
  }
  return asleep;
}

/** Sleeps for as long in host time as the chip does, unless a byte ends it. */
function sleep(nanos) {
  const began = performance.now();
  const over = () => {
    clearTimeout(timer);
    wake = () => {};
    step(Math.min(nanos, 1e6 * (performance.now() - began)));
  };
  const timer = setTimeout(over, Math.min(Math.ceil(nanos / 1e6), NAP));
  wake = over;
}

/** Continues after `slept` ns of sleep. */
function step(slept) {
  try {
    if (slept > 0) chip.pass(slept);
    const asleep = slice();
    if (asleep > 0) sleep(asleep);
    else setImmediate(step, 0);
  } catch (error) {
    fail(`\`${path}\`: ${error.message}`);
  }
}
step(0);
