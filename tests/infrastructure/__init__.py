import pytest

# What differs is shown there too.
pytest.register_assert_rewrite("tests.infrastructure.questions_answered")
