#!/usr/bin/env python3
"""Runs the cases that once went wrong against a binary, and reports for each whether it behaves as it should.

    scripts/checks/cases.py                     .build/release/apus, else .build/debug/apus
    scripts/checks/cases.py PATH/TO/apus        this one
    scripts/checks/cases.py --only f07,f12      these cases alone
    scripts/checks/cases.py --quick             without those that take minutes

The cases lie in the folder that APUS_CASES names, by default ../shared/cases next to the checkout. Python's standard
library is enough; a part that needs PyTorch is skipped where PyTorch is missing (PY names another Python that has it).
The exit status is 0 if all cases that were run behave as they should, 1 if one does not or has no expectation in
scripts/checks/expectations, 2 if there is no folder or no binary.
"""

import os, re, shutil, sys, tempfile, time

from checks import ROOT, Apus, parser
from expectations import hostile, trainings  # They register what they expect.
from expectations.context import CASES, Context, Skip


def main():
    flags = parser(__doc__, has_apus=False)
    flags.add_argument('apus', nargs='?', type=Apus, default=Apus(), help='the command to check')
    flags.add_argument('--only', help='names of cases, or how they begin, separated by commas')
    flags.add_argument('--quick', action='store_true', help='leave out what takes minutes')
    flags.add_argument('--keep', action='store_true', help='keep the scratch folder')
    options = flags.parse_args()
    binary = str(options.apus.path)
    folder = os.path.abspath(os.environ.get('APUS_CASES') or ROOT / '..' / 'shared' / 'cases')
    if not os.path.isdir(folder):
        print(f'cases: no cases at {folder}: set APUS_CASES to the folder that has them', file=sys.stderr)
        return 2
    if not os.access(binary, os.X_OK):
        print(f'cases: {binary} is no command: build it, or name another one', file=sys.stderr)
        return 2
    names = [name for name in sorted(os.listdir(folder)) if re.fullmatch(r'f\d+_.*\.sh', name)]
    inputs = os.path.join(folder, 'hostile')
    if os.path.isdir(inputs):
        names += ['hostile/' + name for name in sorted(os.listdir(inputs)) if name != 'README.md']
    # What belongs to a case and takes longer stands by itself.
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
            outcome, lines = 'FAIL', ['scripts/checks/expectations has none for it']
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
    print(f'\n{counts["ok"]} as they should be, {counts["FAIL"]} not, {counts["skip"]} skipped')
    return 1 if counts['FAIL'] else 0


if __name__ == '__main__':
    sys.exit(main())
