"""Tests of the benchmark itself: python3 -m unittest discover -s Benchmarks"""
import os
import signal
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any

import report
from agreement import Disagreement, require_same
from process import ProcessFailed, Stopped, run, stop_on_signals
from run import with_best_variant


def row(side: str, seconds: float, case: str = 'dcgan64/b32/w16') -> report.Row:
    return dict(
        case=case, side=side, secondsPerStep=seconds, framesPerSecond=32 / seconds, rounds=[seconds, 2 * seconds],
        peakMemoryBytes=10**8, coresUsed=1.9, secondsToFirstStepWarm=0.5, secondsToFirstStepCold=3.0,
        shareOfPeak=0.25, fmaPeak=2e11, takenByOthers=[None, None], machine='a machine, 2 cores')


class Rows(unittest.TestCase):
    def test_the_fastest_variant_stands_for_all(self) -> None:
        rows = with_best_variant([row('pocl', 1.0), row('torch-best/eager', 3.0), row('torch-best/compile', 2.0)])
        self.assertEqual([one['side'] for one in rows], ['pocl', 'torch-best'])
        self.assertEqual(rows[1]['secondsPerStep'], 2.0)
        self.assertEqual(rows[1]['variant'], 'compile')
        self.assertEqual(rows[1]['variants'], dict(eager=3.0, compile=2.0))

    def test_ratios_are_of_rates(self) -> None:
        [(case, table)] = report.case_tables([row('pocl', 1.0), row('torch', 4.0)])
        self.assertEqual(case, 'dcgan64/b32/w16')
        line = dict(zip(table[0], table[1]))
        self.assertEqual(line['vs torch'], '4.00x')
        self.assertNotIn('vs torch-best', line)
        self.assertEqual((line['frames/s'], line['of FMA peak'], line['memory']), ('32 (16-32)', '25%', '100 MB'))

    def test_both_forms_have_every_side(self) -> None:
        rows = with_best_variant([row('pocl', 1.0), row('torch-best/eager', 3.0)])
        op = dict(case='dcgan64/b32/w64', op='Adam()', inputs=[[3, 4]], count=2, operations=0, bytes=48,
                  seconds={'pocl': 0.001, 'torch-best': 0.002})
        for text in (report.text(rows, [op]), report.markdown(rows, [op])):
            for part in ('pocl', 'torch-best', 'eager 3.0000', 'Adam()', '2.00x', '3x4'):
                self.assertIn(part, text)
        self.assertIn('| --- | ---: |', report.markdown(rows, [op]))

    def test_a_disturbed_round_is_named(self) -> None:
        disturbed = row('torch', 2.0) | dict(takenByOthers=[0.02, 0.3])
        self.assertIn('dcgan64/b32/w16 torch (30%)', report.text([row('pocl', 1.0), disturbed], []))
        self.assertNotIn('disturbed', report.text([row('pocl', 1.0)], []))


class Agreement(unittest.TestCase):
    @staticmethod
    def losses(value: float) -> list[dict[str, Any]]:
        return [dict(step=step, values=dict(similarity=value, discriminatorAccuracy=value)) for step in (1, 2, 3)]

    def test_rounding_passes_and_another_model_does_not(self) -> None:
        self.assertLess(require_same('case', self.losses(0.5), 'torch', self.losses(0.5 * (1 + 1e-6))), 1)
        for other in (0.6, float('nan')):
            with self.assertRaisesRegex(Disagreement, 'torch .* similarity of step 1'):
                require_same('case', self.losses(0.5), 'torch', self.losses(other))


class Processes(unittest.TestCase):
    def test_a_failure_is_one_line(self) -> None:
        program = 'import sys; sys.exit("first\\nlast line")'
        with self.assertRaisesRegex(ProcessFailed, '^torch ended with status 1: last line$'):
            run('torch', [sys.executable, '-c', program], os.environ)
        with self.assertRaisesRegex(ProcessFailed, 'no-such-program cannot be run'):
            run('torch', ['no-such-program'], os.environ)

    def test_memory_is_that_of_the_process(self) -> None:
        program = 'x = bytearray(200_000_000); print(input())'
        done = run('python', [sys.executable, '-c', program], os.environ, given='hello')
        self.assertEqual(done.output, 'hello\n')
        self.assertGreater(done.peak_memory_bytes, 200_000_000)
        self.assertLess(abs(done.started - time.time()), 60)

    def test_a_signal_leaves_no_children(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            note = Path(folder) / 'number'
            # The child notes its own child's number, then both wait.
            program = ('import pathlib, subprocess, sys, time; child = subprocess.Popen(["sleep", "60"]); '
                       'pathlib.Path(sys.argv[1]).write_text(f"{child.pid}\\n"); time.sleep(60)')

            def stop_when_started() -> None:
                while not (note.exists() and note.read_text().endswith('\n')):
                    time.sleep(0.05)
                os.kill(os.getpid(), signal.SIGTERM)
            stop_on_signals()
            threading.Thread(target=stop_when_started, daemon=True).start()
            with self.assertRaises(Stopped) as stopped:
                run('python', [sys.executable, '-c', program, note], os.environ)
            self.assertEqual(stopped.exception.status, 128 + signal.SIGTERM)
            command = Path(f'/proc/{int(note.read_text())}/cmdline')
        end = time.monotonic() + 10
        # A process that is dead but not yet noticed by its parent has no command.
        while command.exists() and command.read_text() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertLess(time.monotonic(), end)


if __name__ == '__main__':
    unittest.main()
