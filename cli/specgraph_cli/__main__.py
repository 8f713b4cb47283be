"""`python -m specgraph_cli`: the command line without its script."""

from specgraph_cli.main import main

if __name__ == "__main__":
    main()
