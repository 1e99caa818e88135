import { loadGreenThreads } from '../hub-control.ts';
import { monkeyPatch } from '../patcher/index.ts';

// Where there are no green threads the program is not to run without them: this says why.
loadGreenThreads();
monkeyPatch();
monkeyPatch({ timers: true, http: true });
