/** A run of patternscope inside a page: `<pattern-scope pattern="pub-sub">`. */
export interface PatternScopeElement extends HTMLElement {
  /** The address of the frame. */
  readonly src: string;
  play(): Promise<true>;
  pause(): Promise<true>;
  /** The next beat of a story; otherwise the next occurrence. */
  step(): Promise<true>;
  /** Simulated seconds, or a time such as `12.5s`. */
  seek(at: number | string): Promise<true>;
  /** Simulated seconds a second. */
  setSpeed(speed: number): Promise<true>;
  /** Knobs by key; all of them, or none and an error that names each wrong one. */
  set(settings: Record<string, string | number | boolean>): Promise<true>;
  /** Interventions now, such as `crash server-1 for 5s`, separated by `;`. */
  act(script: string): Promise<true>;
  getState(): Promise<PatternScopeState>;
  /** The run of a link; refused whole if any of it is wrong. */
  setState(link: string): Promise<true>;
  /** The present picture as SVG. */
  snapshot(): Promise<string>;
}

export interface PatternScopeState {
  /** The whole page at this very moment. */
  link: string;
  /** Simulated seconds. */
  at: number;
  /** Simulated seconds a second. */
  speed: number;
  playing: boolean;
}

/** Events of the element; `detail` as here. */
export interface PatternScopeEvents {
  ready: CustomEvent<{ pattern: string; title: string; program: string }>;
  play: CustomEvent<{}>;
  pause: CustomEvent<{}>;
  beat: CustomEvent<{ beat: number; of: number; caption: string }>;
  statechange: CustomEvent<{ link: string }>;
  resize: CustomEvent<{ width: number; height: number }>;
  error: CustomEvent<{ message: string }>;
}

declare global {
  interface HTMLElementTagNameMap {
    'pattern-scope': PatternScopeElement;
  }
}
