// rp2040js's RP2040 with an image in its flash, and the parts that rp2040js lacks for this firmware.

import { GPIOPinState, RP2040 } from 'rp2040js';

const FLASH = 0x10000000;
/** The vector table follows the second stage boot loader, which sets up the flash of a real chip. */
const VECTORS = FLASH + 0x100;
const WATCHDOG = 0x40058;

const UARTDR = 0x00;
const UARTDMACR = 0x48;
const TRANSMIT = 1 << 5;
/** Bytes that the UART of a real chip buffers before it requests an interrupt, by default. */
const BATCH = 16;

const AIRCR = 0xd0c;
const SYSRESETREQ = 1 << 2;

/** Whether an interrupt is pending, masked or not. */
function wakes(core) {
  const { pendingNMI, pendingPendSV, pendingSystick, pendingInterrupts, enabledInterrupts } = core;
  return pendingNMI || pendingPendSV || pendingSystick || (pendingInterrupts & enabledInterrupts) !== 0;
}

/** A chip that runs the image in its flash. */
export class Chip {
  /**
   * @param {{address: number, bytes: Buffer}[]} segments of the image, all in flash, vector table at 0x10000100
   * @param {{sent: (byte: number) => void, edge: (nanos: number, pin: number, high: boolean) => void,
   *   warned: (text: string) => void}} hooks called when UART0 sends a byte, when an output pin changes its
   *   level, and when the image uses a register that rp2040js does not have
   */
  constructor(segments, hooks) {
    this.segments = segments;
    this.hooks = hooks;
    this.start();
  }

  /** Power-on: registers and RAM are reset, flash has the image, and the core is past the boot loaders. */
  start() {
    const chip = new RP2040();
    const silent = () => {};
    const warn = (part, text) => this.hooks.warned(`${part}: ${text}`);
    chip.logger = { debug: silent, info: silent, warn, error: warn };
    for (const { address, bytes } of this.segments) {
      if (address < FLASH || address + bytes.length > FLASH + chip.flash.length) {
        throw new Error(`a segment at 0x${address.toString(16)} is not in flash`);
      }
      chip.flash.set(bytes, address - FLASH);
    }
    if (chip.readUint32(VECTORS) === 0xffffffff) throw new Error(`there is no vector table at 0x${VECTORS.toString(16)}`);
    chip.core.VTOR = VECTORS;
    chip.core.reset();
    chip.onBreak = () => {
      throw new Error(`a breakpoint instruction at 0x${chip.core.PC.toString(16)}`);
    };
    // Time and the reset reason survive a reset.
    if (this.chip) {
      chip.clock.nanosCounter = this.chip.clock.nanos;
      chip.peripherals[WATCHDOG].reason = this.chip.peripherals[WATCHDOG].reason;
    }
    chip.gpio.forEach((pin, number) => {
      pin.addListener((level) => {
        if (level === GPIOPinState.Low || level === GPIOPinState.High) {
          this.hooks.edge(chip.clock.nanos, number, level === GPIOPinState.High);
        }
      });
    });
    this.reset = false;
    chip.peripherals[WATCHDOG].onWatchdogTrigger = () => {
      this.reset = true;
    };
    this.completeSleep(chip.core);
    this.completeReset(chip.ppb);
    this.completeUart(chip, chip.uart[0]);
    this.chip = chip;
  }

  /**
   * A masked interrupt ends a sleep, and is taken once it is unmasked. rp2040js 1.4.1 takes it at once. It does not
   * see an interrupt that was pending before the sleep, nor that of SysTick.
   */
  completeSleep(core) {
    const check = core.checkForInterrupts.bind(core);
    core.checkForInterrupts = () => !core.waiting && check();
  }

  /** Implements the core's reset request. */
  completeReset(ppb) {
    const write = ppb.writeUint32.bind(ppb);
    ppb.writeUint32 = (offset, value) => {
      if (offset === AIRCR) this.reset ||= (value & SYSRESETREQ) !== 0;
      else write(offset, value);
    };
  }

  /**
   * Adds the UART's DMA register, which rp2040js 1.4.1 lacks, and corrects the transmit interrupt, which rp2040js
   * requests at all times.
   */
  completeUart(chip, uart) {
    let dma = 0;
    const [read, write] = [uart.readUint32.bind(uart), uart.writeUint32.bind(uart)];
    uart.readUint32 = (offset) => (offset === UARTDMACR ? dma : read(offset));
    uart.writeUint32 = (offset, value) => {
      if (offset === UARTDMACR) {
        dma = value;
        return;
      }
      write(offset, value);
      if (offset === UARTDR) {
        // The byte is sent at once, so there is room again.
        uart.interruptStatus |= TRANSMIT;
        uart.checkInterrupts();
      }
    };
    uart.checkInterrupts = () => {
      chip.setInterrupt(uart.irq, (uart.interruptStatus & uart.interruptMask) !== 0);
    };
    uart.onByte = (byte) => this.hooks.sent(byte);
  }

  /**
   * Passes bytes to UART0 once the node has read all earlier ones, so that none is lost.
   *
   * @param {number[]} queue the bytes; those passed on are removed
   * @returns {boolean} whether any byte was passed on
   */
  feed(queue) {
    const uart = this.chip.uart[0];
    if (queue.length === 0 || !uart.enabled || !uart.rxFIFO.empty) return false;
    queue.splice(0, BATCH).forEach((byte) => uart.feedByte(byte));
    return true;
  }

  /**
   * Executes up to `instructions` instructions, fewer if the core goes to sleep.
   *
   * @returns {number} 0 if the core is awake, otherwise how long it sleeps if no byte arrives, ns; `Infinity` if no
   *   timer wakes it
   */
  run(instructions) {
    const { core, clock } = this.chip;
    const cycle = 1e9 / this.chip.clkSys;
    for (let i = 0; i < instructions && !this.reset; i++) {
      if (core.waiting) {
        if (!wakes(core)) break;
        core.waiting = false;
        core.interruptsUpdated = true;
      }
      clock.tick(core.executeInstruction() * cycle);
    }
    if (this.reset) this.start();
    if (!this.chip.core.waiting || wakes(core)) return 0;
    return clock.nextAlarm === null ? Infinity : Math.max(clock.nanosToNextAlarm, 1);
  }

  /** Advances the time of a sleeping core by `nanos` ns. */
  pass(nanos) {
    this.chip.clock.tick(nanos);
    if (this.reset) this.start();
  }
}
