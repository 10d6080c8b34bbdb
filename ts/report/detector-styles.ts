import {highlighted} from './comparison.js';
import {type LineStyle, lineStyles, quietStyle} from './palette.js';
import {type ReportData} from './report-data.js';

/** How a detector's curve looks, by its name; one that charts do not tell apart is grey and has no place in a legend. */
export function detectorStyles(data: ReportData): Map<string, {style: LineStyle; quiet: boolean}> {
  const chosen = highlighted(data);
  const styles = lineStyles(chosen);
  return new Map(
    data.detectors.map((detector) => {
      const place = chosen.indexOf(detector);
      const quiet = place < 0;
      return [detector.name, {style: quiet ? quietStyle : styles[place]!, quiet}];
    }),
  );
}
