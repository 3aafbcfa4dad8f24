#!/usr/bin/env python3
"""Runs a binary on cases that once failed, and reports for each whether it behaves as expected.

    scripts/checks/cases.py                     .build/release/apus, else .build/debug/apus
    scripts/checks/cases.py PATH/TO/apus        this binary
    scripts/checks/cases.py --only f07,f12      only these cases
    scripts/checks/cases.py --quick             without cases that take minutes

The cases are in the folder APUS_CASES, by default ../shared/cases next to the checkout. Python's standard
library is enough; a part that needs PyTorch is skipped if it is missing (PY sets another Python that has it).
The exit status is 0 if all cases behave as expected, 1 if one does not or has no expectation in
scripts/checks/expectations, 2 if there is no folder or no binary.
"""

import os, re, shutil, sys, tempfile, time

from checks import ROOT, Apus, parser
from expectations import hostile, trainings  # They register their expectations.
from expectations.context import CASES, Context, Skip


def main():
    flags = parser(__doc__, has_apus=False)
    flags.add_argument('apus', nargs='?', type=Apus, default=Apus(), help='the command to check')
    flags.add_argument('--only', help='names of cases or their prefixes, separated by commas')
    flags.add_argument('--quick', action='store_true', help='skip cases that take minutes')
    flags.add_argument('--keep', action='store_true', help='keep the scratch folder')
    options = flags.parse_args()
    binary = str(options.apus.path)
    folder = os.path.abspath(os.environ.get('APUS_CASES') or ROOT / '..' / 'shared' / 'cases')
    if not os.path.isdir(folder):
        print(f'cases: no cases at {folder}: set APUS_CASES to their folder', file=sys.stderr)
        return 2
    if not os.access(binary, os.X_OK):
        print(f'cases: {binary} is not a command: build it, or specify another one', file=sys.stderr)
        return 2
    names = [name for name in sorted(os.listdir(folder)) if re.fullmatch(r'f\d+_.*\.sh', name)]
    inputs = os.path.join(folder, 'hostile')
    if os.path.isdir(inputs):
        names += ['hostile/' + name for name in sorted(os.listdir(inputs)) if name != 'README.md']
    # Parts of a case that take longer are separate.
    names += [
        name for name in CASES if name not in names and any(other.startswith(name.split('_')[0]) for other in names)
    ]
    if options.only:
        names = [name for name in names if any(part in name for part in options.only.split(','))]
    scratch = tempfile.mkdtemp(prefix='apus-cases-')
    os.chmod(scratch, 0o755)
    shared = os.path.join(scratch, 'shared')
    os.makedirs(os.path.join(shared, 'home'))
    counts = {'ok': 0, 'FAIL': 0, 'skip': 0}
    print(f'{binary}\n{folder}\n')
    for name in sorted(names):
        if name not in CASES:
            outcome, lines = 'FAIL', ['scripts/checks/expectations has no expectation for it']
        elif options.quick and CASES[name][1]:
            outcome, lines = 'skip', ['takes minutes']
        else:
            context = Context(binary, folder, shared, os.path.join(scratch, re.sub(r'\W', '-', name)))
            begin = time.monotonic()
            try:
                CASES[name][0](context)
                outcome, lines = ('FAIL' if context.failures else 'ok'), context.failures
            except Skip as reason:
                outcome, lines = 'skip', [str(reason)]
            except Exception as error:
                outcome, lines = 'FAIL', context.failures + [
                    f'the check itself failed: {type(error).__name__}: {error}'
                ]
            lines = lines + [f'skipped: {text}' for text in context.skipped]
            name += f' ({time.monotonic() - begin:.0f} s)'
        counts[outcome] += 1
        print(f'{outcome:4}  {name}')
        for line in lines:
            print(f'      {line}')
        sys.stdout.flush()
    if options.keep:
        print(f'\nkept: {scratch}')
    else:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f'\n{counts["ok"]} as expected, {counts["FAIL"]} not, {counts["skip"]} skipped')
    return 1 if counts['FAIL'] else 0


if __name__ == '__main__':
    sys.exit(main())
