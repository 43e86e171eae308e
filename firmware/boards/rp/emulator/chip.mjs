// An RP2040 with an image in its flash, as rp2040js has it, and what that lacks for this firmware.

import { GPIOPinState, RP2040 } from 'rp2040js';

const FLASH = 0x10000000;
/** Behind the second stage boot loader, which sets up the flash of a real chip. */
const VECTORS = FLASH + 0x100;
const WATCHDOG = 0x40058;

const UARTDR = 0x00;
const UARTDMACR = 0x48;
const TRANSMIT = 1 << 5;
/** Bytes that the UART of a real chip holds before it asks for an interrupt, by default. */
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
   * @param {{address: number, bytes: Buffer}[]} segments of the image, all in flash, vectors at 0x10000100
   * @param {{sent: (byte: number) => void, edge: (nanos: number, pin: number, high: boolean) => void,
   *   warned: (text: string) => void}} hooks what the chip does: a byte leaves UART0, a pin that is an output changes its
   *   level, a register is used that rp2040js does not have
   */
  constructor(segments, hooks) {
    this.segments = segments;
    this.hooks = hooks;
    this.start();
  }

  /** Power-on: registers and RAM are as new, flash has the image, and the core is behind the boot loaders. */
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
    // Time and the reason of a reset go on through it.
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
   * An interrupt ends a sleep though it is masked, and is taken when it is masked no more. rp2040js 1.4.1 takes it at once, and
   * does not see one that has come before the sleep, nor SysTick's.
   */
  completeSleep(core) {
    const check = core.checkForInterrupts.bind(core);
    core.checkForInterrupts = () => !core.waiting && check();
  }

  /** A core that asks for a reset gets it. */
  completeReset(ppb) {
    const write = ppb.writeUint32.bind(ppb);
    ppb.writeUint32 = (offset, value) => {
      if (offset === AIRCR) this.reset ||= (value & SYSRESETREQ) !== 0;
      else write(offset, value);
    };
  }

  /** rp2040js 1.4.1 has no register for DMA in its UART, and asks for the transmit interrupt at all times. */
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
        // The byte has left at once, so there is room again.
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
   * Hands bytes to UART0 if the node has taken all that it was handed before, so that it never loses one.
   *
   * @param {number[]} queue the bytes; those that are handed over leave it
   * @returns {boolean} whether it was handed any
   */
  feed(queue) {
    const uart = this.chip.uart[0];
    if (queue.length === 0 || !uart.enabled || !uart.rxFIFO.empty) return false;
    queue.splice(0, BATCH).forEach((byte) => uart.feedByte(byte));
    return true;
  }

  /**
   * Executes so many instructions, or fewer if the core falls asleep.
   *
   * @returns {number} 0, or for how long the core sleeps if no byte comes, ns; `Infinity` if no timer wakes it
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

  /** Lets time pass over a core that sleeps, ns. */
  pass(nanos) {
    this.chip.clock.tick(nanos);
    if (this.reset) this.start();
  }
}
